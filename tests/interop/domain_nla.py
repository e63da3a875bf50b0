"""Users of Samba's domain controller at nlaserver, with nlacheck: tickets let in, whoever the controller gives none does not come
in. nlaserver's own keytab is the service's; nothing of ours asks the controller about an NTLM login."""
import os

import domain
from harness import check, check_equal
from rdp import NlaServer, import_certificate, make_certificate

SERVICE = "web.ad.test"
ACCOUNT = ("nla-account", "Correct-Horse-13")  # of ours, for any domain: without one no source answers for the controller's


def start(interop, d, thumbprint, keytab="service.keytab"):
    os.environ.update(d.variables(ccache="nla"))
    os.environ["KRB5_KTNAME"] = f"FILE:{d.folder}/{keytab}"
    return NlaServer(interop, f"/cert:{thumbprint}")


def nlacheck(interop, server, user, password, *more):
    done = interop.run_tool("nlacheck.exe", f"{SERVICE}:{server.port}", f"/u:{user}", f"/d:{domain.REALM}", f"/p:{password}",
                            "/auth-only", *more)
    print(f"    nlacheck: {done.returncode}\n{done.stdout}", file=interop.log, flush=True)
    return done.returncode, done.stdout


def ticket(d, mark, user):
    """What the controller says of the first password that it was asked about."""
    event = d.event(mark, "Authentication", lambda e: e["clientAccount"] == f"{user}@{domain.REALM}")
    return event and (event["serviceDescription"], event["status"])


def comes_in(interop, d, thumbprint, user):
    server, mark = start(interop, d, thumbprint), d.mark()
    password = domain.USERS[user][0]
    code, text = nlacheck(interop, server, user, password, "/package:!ntlm")
    check_equal((code, "CREDSSP with Kerberos inside" in text), (0, True), text)
    line = server.next_line()
    check(line.startswith("logged in: a user whom Kerberos does not name, ")
          and line.endswith(f"delegated: {domain.REALM}\\{user} with a password"), line)
    check_equal(ticket(d, mark, user), ("Kerberos KDC", "NT_STATUS_OK"), "what the controller says")
    server.end()


def stays_out(interop, d, thumbprint, user, password, status):
    """By Kerberos it has no ticket, for the controller's own reason, and by NTLM no account with us."""
    server, mark = start(interop, d, thumbprint), d.mark()
    code, text = nlacheck(interop, server, user, password)
    check_equal((code, "STATUS_LOGON_FAILURE" in text), (1, True), text)
    check("SEC_E_LOGON_DENIED" in server.next_line(), "the server")
    check_equal(ticket(d, mark, user), ("Kerberos KDC", status), "what the controller says")
    server.end()


def foreign_keytab(interop, d, thumbprint):
    """Another service's keys: the ticket is not for us."""
    from realm import foreign_keytab as spoil
    spoil(f"{d.folder}/service.keytab", f"{d.folder}/foreign.keytab")
    server = start(interop, d, thumbprint, "foreign.keytab")
    code, text = nlacheck(interop, server, "alice", domain.USERS["alice"][0], "/package:!ntlm")
    check_equal((code, "STATUS_LOGON_FAILURE" in text), (1, True), text)
    check("SEC_E_LOGON_DENIED" in server.next_line(), "the server")
    server.end()


def by_ntlm(interop, d, thumbprint):
    """The controller's users with the right password: no pass-through to it exists (docs/interop.md)."""
    server, mark = start(interop, d, thumbprint), d.mark()
    code, text = nlacheck(interop, server, "alice", domain.USERS["alice"][0], "/package:ntlm")
    check_equal((code, "STATUS_LOGON_FAILURE" in text), (1, True), text)
    check("SEC_E_LOGON_DENIED" in server.next_line(), "the server")
    code, text = nlacheck(interop, server, *ACCOUNT, "/package:ntlm")
    check_equal((code, "CREDSSP with NTLM inside" in text), (0, True), text)
    server.end()
    with open(f"{d.folder}/samba.log", encoding="utf-8", errors="replace") as f:
        f.seek(mark)
        check('"clientAccount": "alice"' not in f.read(), "the controller was asked")


def cases(interop, d):
    interop.run_tool("opensspi-passwd.exe", "remove", "alice")  # another script's, for every domain
    interop.add_account(*ACCOUNT)
    pem, der = make_certificate(interop.out, SERVICE)
    thumbprint = import_certificate(interop, pem, der)
    for user in ("alice", "Jürgen_Ωé"):
        interop.case(f"nla-{user}", comes_in, interop, d, thumbprint, user)
    for name, user, password, status in (
            ("wrong-password", "alice", "Wrong-Horse-7", "NT_STATUS_WRONG_PASSWORD"),
            ("unknown", "nobody", "Correct-Horse-7", "NT_STATUS_NO_SUCH_USER"),
            ("gone", "gone", domain.USERS["gone"][0], "NT_STATUS_ACCOUNT_EXPIRED"),
            ("disabled", "disabled", domain.USERS["disabled"][0], "NT_STATUS_ACCOUNT_DISABLED"),
            ("stale", "stale", domain.USERS["stale"][0], "NT_STATUS_PASSWORD_MUST_CHANGE")):
        interop.case(f"nla-{name}", stays_out, interop, d, thumbprint, user, password, status)
    interop.case("nla-foreign-keytab", foreign_keytab, interop, d, thumbprint)
    interop.case("nla-ntlm", by_ntlm, interop, d, thumbprint)
