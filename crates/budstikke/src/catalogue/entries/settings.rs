//! BUD-1…: command line and configuration.

entries! {
    COMMAND_LINE = "BUD-1001", Usage, Yours:
        "the command line is not understood",
        "A command, flag or value that does not exist, or one that is missing.",
        "Read `budstikke help <command>`; the message names the nearest word that exists.";
    CONFIGURATION = "BUD-1002", Usage, Yours:
        "the configuration cannot be used",
        "A key that does not exist, a value of the wrong kind, or values that do not go together. Every one of them is named, with the file and line it comes from.",
        "Mend what is named, and run `budstikke check`: it shows every problem at once and starts nothing.";
    CONFIGURATION_FILE = "BUD-1003", Usage, Yours:
        "the configuration file cannot be read",
        "The file that --config, --properties or the environment names is not there, is not readable for this user, or is no TOML.",
        "Check path and rights (`ls -l`), and that the service runs as the user who may read it.";
    NOT_POSSIBLE_SO = "BUD-1004", Usage, Yours:
        "the command does not fit the configuration",
        "The command needs a part that is switched off, or another engine: a development token without the embedded issuer, a backup of rows that are in PostgreSQL.",
        "The message says what the command needs; change the configuration, or do it where the part is.";
    CERTIFICATE = "BUD-1005", Usage, Yours:
        "a certificate or key that the configuration names cannot be used",
        "The file is not there, the password is wrong, the alias does not exist, the key does not belong to the certificate, or the key is too weak.",
        "`budstikke doctor` says which; docs/certificates.md shows how each kind of file is named.";
    LOGGING = "BUD-1006", Usage, Yours:
        "the log cannot be set up",
        "`log.filter` is no filter, or what logs are sent to cannot be used.",
        "Write a level (`info`), or parts with levels: `notify=debug,info`.";
    PARTS = "BUD-1007", Usage, Yours:
        "a part of the server cannot be built from its settings",
        "Settings that are fine one by one make no working part: two gateways with one name, opening hours that are no window, a folder that is no folder.",
        "The message names the setting; `budstikke check` shows where it comes from.";
    NOBODY_KNOWN = "BUD-1008", Usage, Yours:
        "nobody is known by that name or number",
        "An organization is named by nine digits, or by a short name that the configuration lists.",
        "Use the number, or add the organization to `[[organizations]]`.";
    ACCOUNT = "BUD-1009", Usage, Yours:
        "the account cannot be made or changed so",
        "The name is taken or unknown, the password is too short, or nobody would be left who may administer.",
        "The message says which; `budstikke user list` shows everybody.";
}
