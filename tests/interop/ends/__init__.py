"""Ends of real peers, all with the same face (logins.py). A module declares

    ROLES       (package, role) pairs; role is ours, so ("NTLM", "client") is the peer's server
    MESSAGES    what its ends can do with messages: "seal", "sign"
    DENIED      parts of what its server says to a wrong password, an unknown user, a spoilt proof or MIC
    LACKS       (role, what) that the peer does not have: "non-ascii", "unknown-user", "mic"; the module says why
    trouble(package, role)   what keeps its own two ends from logging in with each other (or None); not needed
    prepare(interop)   once, before all ends
    client, server(interop, package, account, wish); version()

and for the matrix

    NO_VERSION_1, BAD_BINDINGS   parts of what its server says to a response or to channel bindings that it does not take
    takes_version_1(level)       of its server
    flags() of an end            NegotiateFlags, or None
"""
