//! BUD-5…: files that commands read and write.

entries! {
    FILE_UNREADABLE = "BUD-5001", Failed, Yours:
        "a file cannot be read",
        "It is not there, or this user may not read it.",
        "Check the path and the rights.";
    FILE_UNWRITABLE = "BUD-5002", Failed, Yours:
        "a file cannot be written",
        "The folder is not there, this user may not write there, or the disk is full.",
        "Check the folder, its rights and `df`.";
    FILE_EXISTS = "BUD-5003", Failed, Yours:
        "the file or folder is there already",
        "Commands never write over what is there.",
        "Name another one, or move the old one away.";
    FILE_CONTENT = "BUD-5004", Failed, Yours:
        "what stands in the file cannot be used",
        "It is not of the form that the command reads; the message names the line or the field.",
        "Mend the file. Nothing of it has been taken.";
    CONTAINER = "BUD-5005", Failed, Receiver:
        "the container cannot be unpacked",
        "It is damaged, its signature does not hold, or a name in it leads out of the folder.",
        "Keep it as it is with --to FILE and ask whoever sent it.";
    COPY = "BUD-5006", Failed, Yours:
        "the copy was not made, or is not good",
        "The folder is not empty, a file is damaged or missing, or the backup was cut short.",
        "The message names the file. A backup that is not good is no backup: make another.";
    MOVE = "BUD-5007", Failed, Yours:
        "the move was not made, or not finished",
        "A server runs on one of the sides, the target is not empty, or a side went away.",
        "The source is as it was. Mend what is named and give the same command again: it goes on where it was.";
    CURSOR = "BUD-5008", Usage, Yours:
        "the cursor file holds no number of the feed",
        "It was made by something else, or was cut short.",
        "Write the last number that you have handled into it, or remove it to begin anew.";
}
