//! BUD-2…: start and data directory.

entries! {
    DATA_DIR_IN_USE = "BUD-2001", Failed, Yours:
        "the data directory belongs to another running budstikke",
        "Only one process works in a data directory. Another server runs there, or one that is still stopping.",
        "Stop the other (`systemctl stop budstikke`), or name another folder with --data-dir.";
    DATA_DIR_HALF_RESTORED = "BUD-2002", Failed, Yours:
        "the data directory is half restored",
        "`budstikke restore` was cut short.",
        "Run the same `budstikke restore` again; it builds the directory wholly or not at all.";
    DATA_DIR_UNUSABLE = "BUD-2003", Failed, Machine:
        "the data directory cannot be used",
        "It cannot be made, read or written: rights, a file in its place, a full or read-only disk.",
        "Give the folder to the user that budstikke runs as (`chown`), and look at `df` and `mount`.";
    DATA_DIR_MISSING = "BUD-2004", Failed, Yours:
        "there is no data directory",
        "The command reads what a server has kept, and the folder is not there: most often it runs in another working directory than the server.",
        "Name the folder with --data-dir, or the configuration with --config.";
    ADDRESS_TAKEN = "BUD-2005", Failed, Yours:
        "an address cannot be listened on",
        "Another process listens there, the address is not one of this machine, or the port is below 1024 and this user may not take it.",
        "See who has it (`ss -ltnp`), and choose another address for the setting that is named, or port 0 for any that is free.";
    SYSTEM = "BUD-2006", Failed, Machine:
        "the operating system refuses something that every process needs",
        "No threads, no memory or no file handles are left, or signals cannot be heard.",
        "Raise the limits of the service (`LimitNOFILE`, `TasksMax`, memory), and see what else takes them.";
    SHARED_FILES = "BUD-2007", Failed, Database:
        "what nodes have in common cannot be read or written",
        "The nodes of one store take password, keys and test certificates from the database, and it did not give or take them.",
        "Look at the cause below it; `budstikke doctor` looks at the database.";
    IDENTITY = "BUD-2008", Failed, Machine:
        "the files that a first start makes cannot be read or made",
        "Password, keys or test certificates in the data directory are unreadable, damaged or cannot be written.",
        "Give them back to the user that budstikke runs as; where they are damaged, take them from a backup.";
}
