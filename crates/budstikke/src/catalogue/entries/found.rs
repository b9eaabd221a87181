//! BUD-6…: examined and found wrong.

entries! {
    AUDIT_BROKEN = "BUD-6001", Found, Yours:
        "the audit log is broken",
        "An entry was changed, removed or added outside budstikke, or the log does not go through an anchor that was written down earlier.",
        "Do not mend it. Keep a copy, find out who could write to the database, and compare with the last good export.";
    DOCTOR_FOUND = "BUD-6002", Found, Yours:
        "the doctor has found something wrong",
        "At least one of the probes ended as wrong.",
        "Each finding says what was seen, why, what to do, and whose move it is.";
    CHECK_FOUND = "BUD-6003", Found, Yours:
        "a server would not start, or not work",
        "The configuration has problems, or what it names does not work.",
        "Every problem is listed; mend them and check again.";
    BENCH_MISSED = "BUD-6004", Found, Machine:
        "a goal was missed",
        "The machine is slower than the one the goals were written for, or something else ran meanwhile.",
        "Look at the spread between rounds first; docs/performance.md says how to read the figures.";
}
