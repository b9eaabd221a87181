//! BUD-3…: database, and files beside it.

entries! {
    DATABASE_UNAVAILABLE = "BUD-3001", Failed, Database:
        "the database cannot be reached, or does not answer in time",
        "It is down or being switched over, the network is cut, password or name are wrong, or all connections are taken.",
        "`budstikke doctor` says which of these it is. Nothing is lost: what was not answered was not kept.";
    DATABASE_FULL = "BUD-3002", Failed, Machine:
        "there is no room left for the database",
        "The disk is full, or a quota is used up.",
        "Free disk space; the next request goes through by itself. Old rows go by the rules of retention, not by hand.";
    DATABASE_READ_ONLY = "BUD-3003", Failed, Machine:
        "the database cannot be written",
        "The file or its folder belongs to somebody else, the disk is mounted read-only, or a PostgreSQL is a replica.",
        "Give data directory and files to the user that budstikke runs as; look at `mount` and the kernel's log for a failing disk.";
    DATABASE_HISTORY = "BUD-3004", Failed, Yours:
        "the database was made by another version",
        "A newer version has changed the schema, or the file is no database of budstikke.",
        "Start the version that made it, or a later one. Going back needs the backup from before.";
    DATABASE_ADDRESS = "BUD-3005", Usage, Yours:
        "the address of the database cannot be used",
        "`store` or what belongs to it is not written as it must be, or names a certificate file that cannot be read.",
        "Write `postgres://user:password@host/database`, with `?sslmode=` and `&sslrootcert=` where needed.";
    DATABASE = "BUD-3006", Failed, Ours:
        "the database said something that nobody expected",
        "A damaged file, an extension or setting of PostgreSQL that is not as usual, or a fault in budstikke.",
        "Look at the cause below it and the database's own log. `budstikke doctor --deep` reads an SQLite database whole. If nothing is wrong there, tell us.";
    DATABASE_UNKNOWN = "BUD-3007", Failed, Yours:
        "it is not known whether the change was kept",
        "The database went away between the question and the answer.",
        "Look whether the change is there before you repeat it; commands that say they may be repeated may be.";
    BLOBS_UNAVAILABLE = "BUD-3008", Failed, Machine:
        "the place for files cannot be reached or used",
        "The bucket or its service is down, key and secret are wrong, or a folder is not there.",
        "`budstikke doctor` writes, reads and deletes a small file there and says which step fails.";
    BLOBS_FULL = "BUD-3009", Failed, Machine:
        "there is no room left for files",
        "The disk is full, or a quota is used up.",
        "Free disk space; the next request goes through by itself.";
    BLOBS_ADDRESS = "BUD-3010", Usage, Yours:
        "the address of the place for files cannot be used",
        "`blobs` or `[s3]` is not written as it must be.",
        "Write `s3://bucket/prefix`, and endpoint, region and keys in `[s3]`.";
}
