//! BUD-4…: calling a server.

entries! {
    NO_SERVER = "BUD-4001", Failed, Yours:
        "no server is found",
        "Without --url the command looks for the server that runs on the data directory, and none does.",
        "Start it (`budstikke serve`), name its data directory with --data-dir, or its address with --url.";
    UNREACHABLE = "BUD-4002", Failed, Network:
        "the server cannot be reached",
        "The name is unknown, nobody listens, a firewall is in between, or its certificate is not believed.",
        "Try the address with `curl -v`; on the server's machine, `budstikke doctor` says whether it listens.";
    NOT_LET_IN = "BUD-4003", Failed, Yours:
        "the server does not let us in",
        "The token has run out, was made by an issuer that the server does not believe, or user and password are wrong.",
        "Get a new token (`budstikke token`, or Maskinporten), or read the password in the server's data directory.";
    NOT_ALLOWED = "BUD-4004", Failed, Yours:
        "the server knows us, but we may not do this",
        "The token lacks the scope, or it is another organization's.",
        "Ask for a token with the scope that docs/reference/commands.md names for the command.";
    REFUSED = "BUD-4005", Usage, Yours:
        "the server refuses the request",
        "Something in it is wrong; the message has the server's own words.",
        "Mend what is named. A message must be peeked before it is popped, deleted or unlocked.";
    NOT_FOUND = "BUD-4006", Nothing, Yours:
        "the server knows nothing by that id",
        "It was never there, belongs to another organization, or has been deleted by the rules of retention.",
        "Check the id, and with whose token or user you ask.";
    SERVER_FAILED = "BUD-4007", Failed, Server:
        "the server failed",
        "A fault or an outage behind it; its log has the whole story.",
        "Try again. If it stays, look for the request id in the server's log, and run `budstikke doctor` there.";
    TOO_MANY = "BUD-4008", Failed, Nobodys:
        "the server asks for patience",
        "More was asked for than it allows in this time.",
        "Wait as long as the message says, and ask more slowly.";
    NOT_UNDERSTOOD = "BUD-4009", Failed, Server:
        "the answer is not what a budstikke answers",
        "The address leads to something else, such as a proxy's page, or to another version.",
        "Check --url: it is the base address, without a path of the API.";
    INTERRUPTED = "BUD-4010", Failed, Network:
        "the connection broke before the answer was whole",
        "The server was stopped, or something in between cut a connection that took long.",
        "Ask for the status before you repeat; a repeated request with the same id does nothing twice.";
    NO_TOKEN = "BUD-4011", Failed, Yours:
        "no token can be had",
        "No --token was given, the embedded issuer is off, and the configuration names no client at Maskinporten; or the issuer refused it.",
        "Give --token or BUDSTIKKE_TOKEN, or configure `[maskinporten]`; `budstikke doctor` tries that.";
    NO_PASSWORD = "BUD-4012", Failed, Yours:
        "no user and password are known for this server",
        "With --url, the Exchange API needs --user and a password, or a token that it believes.",
        "Give --user and --password-file, BUDSTIKKE_USER and BUDSTIKKE_PASSWORD, or --token.";
    WAITED_IN_VAIN = "BUD-4013", InVain, Nobodys:
        "what was waited for did not come in time",
        "The message is on its way, its hours have not come, or the receiver has not taken it.",
        "Nothing is lost: ask with `budstikke status ID`, or wait longer with --timeout.";
    NOT_DELIVERED = "BUD-4014", NotDelivered, Receiver:
        "the message came to its end without reaching its receiver",
        "The status says why: refused, expired, an address that does not exist, a receiver that has declined.",
        "`budstikke status ID` shows the whole way. Mend the address or choose another channel, and send anew.";
    INBOX_EMPTY = "BUD-4015", Nothing, Nobodys:
        "no message waits",
        "The inbox is empty, all messages in it are locked by somebody, or none fits the filter.",
        "`budstikke inbox list` shows what is there, locked or not.";
    CANNOT_SEND_SO = "BUD-4016", Usage, Yours:
        "the receiver cannot be sent such a message",
        "The registry knows the receiver, but not for this process or kind of document.",
        "`budstikke send message --to … --list` shows what it takes.";
}
