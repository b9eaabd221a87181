//! BUD-9…: everything else.

entries! {
    DEMO = "BUD-9001", Failed, Machine:
        "the demo could not be played to its end",
        "A step did not prove what it promised; most often the machine is short of memory, disk or time.",
        "The message names the step. Try once more; if it stays, tell us what it said.";
    INTERNAL = "BUD-9002", Failed, Ours:
        "something failed that has no entry of its own",
        "Nobody has foreseen it; the lines below the message say what was tried.",
        "Tell us the message and the command, without secrets.";
}
