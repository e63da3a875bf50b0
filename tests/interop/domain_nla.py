"""Users of Samba's domain controller at nlaserver, with nlacheck and FreeRDP 2 and 3: tickets let in, whoever the controller gives
none does not come in. nlaserver's own keytab is the service's; nothing of ours asks the controller about an NTLM login.

FreeRDP 2 of Debian 12 is built without Kerberos: it comes by NTLM, and the controller's users get in when their accounts have
been handed over (AccountSources). FreeRDP 3 is Debian 13's, in its chroot, on this script's network."""
import datetime
import os
import re
import subprocess

import domain
from harness import check, check_equal
from rdp import ChrootFreeRdp, FreeRdp, NlaServer, import_certificate, make_certificate
from realm import foreign_keytab as spoil

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


# xfreerdp's exit codes: let in (nlaserver then closes), refused by the server's errorCode, ERRCONNECT_AUTHENTICATION_FAILED
IN, OUT, NO_TICKET = 147, 134, 132
REVOKED = "credentials have been revoked"


class Client:
    """A FreeRDP and what nlaserver says of it."""

    def __init__(self, interop, d, freerdp, thumbprint, der):
        self.interop, self.d, self.freerdp, self.thumbprint, self.der = interop, d, freerdp, thumbprint, der

    def start(self, keytab="service.keytab"):
        server = start(self.interop, self.d, self.thumbprint, keytab)
        os.environ.update(self.d.variables())  # for FreeRDP, which would take a cached ticket for any password
        return server

    def login(self, server, user, password, domain_name, *more):
        return self.freerdp.login(server.port, self.der, user, password, *more, domain=domain_name, host=SERVICE)


# -- FreeRDP 2, by NTLM ----------------------------------------------------------------------------------------------------
def freerdp_ntlm(client):
    """The right password of a user whom we do not know; then one whom we do."""
    server, mark = client.start(), client.d.mark()
    code, text = client.login(server, "alice", domain.USERS["alice"][0], domain.NETBIOS)
    check_equal((code, "ERRCONNECT_LOGON_FAILURE" in text), (OUT, True), text[-300:])
    check("SEC_E_LOGON_DENIED" in server.next_line(), "the server")
    check_equal(client.login(server, *ACCOUNT, domain.NETBIOS)[0], IN, "FreeRDP's exit code")
    server.end()
    with open(f"{client.d.folder}/samba.log", encoding="utf-8", errors="replace") as f:
        f.seek(mark)
        check('"clientAccount": "alice"' not in f.read(), "the controller was asked")


def pdbedit(d, *arguments):
    return subprocess.run(["pdbedit", "-s", f"{d.folder}/etc/smb.conf", *arguments], env=d.environment(), check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60).stdout


def ends(d, user):
    """When the controller's account does, in seconds since 1970; None: never, which pdbedit calls the year 30828."""
    found = re.search(r"^Kickoff time: +\w+, (\d+ \w+ \d{4} [\d:]+) ", pdbedit(d, "-L", "-v", "-u", user), re.M)
    return int(datetime.datetime.strptime(found[1], "%d %b %Y %H:%M:%S").timestamp()) if found else None


def hand_over(d):
    """The controller's accounts in the form of our account file: NT hashes and flags as smbpasswd(5) has them, the domain, when
    they end."""
    path = f"{d.folder}/handed-over"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
        for line in pdbedit(d, "-L", "-w").splitlines():
            user, _uid, _lm, nt, flags, _changed = line.split(":")[:6]
            if user in domain.USERS:
                end = ends(d, user)
                f.write(f"{user}:{domain.NETBIOS}::{nt}:{flags}:" + (f"EXP-{end:X}:" if end is not None else "") + "\n")
    return path


class Sources:
    """While it lasts PATH is asked too, by programs that start meanwhile."""

    KEY = r"HKLM\Software\opensspi"

    def __init__(self, interop, path):
        self.interop, self.path = interop, path

    def reg(self, *arguments):
        subprocess.run([self.interop.wine, "reg", *arguments, "/f", "/reg:64"], env=self.interop.environment(), check=True,
                       stdin=subprocess.DEVNULL, stdout=self.interop.log, stderr=self.interop.log, timeout=60)

    def __enter__(self):
        self.reg("add", self.KEY, "/v", "AccountSources", "/t", "REG_MULTI_SZ", "/d", f"local\\0sam:{self.interop.windows(self.path)}")

    def __exit__(self, *_):
        self.reg("delete", self.KEY, "/v", "AccountSources")


def freerdp_handed_over(client, path, user, password, reason):
    """REASON: what our log says of the account, once the password is proven, or of the login where it is not; None: it comes in."""
    log = f"{client.interop.out}/domain-opensspi.log"
    mark = os.path.getsize(log)
    with Sources(client.interop, path):
        server = client.start()
        code, text = client.login(server, user, password, domain.NETBIOS)
        line = server.next_line()
    server.end()
    if reason is None:
        check_equal(code, IN, text[-300:])
        check(line.startswith(f"logged in: {domain.NETBIOS}\\{user}, ") and
              line.endswith(f"delegated: {domain.NETBIOS}\\{user} with a password"), line)
        return
    check_equal((code, "ERRCONNECT_LOGON_FAILURE" in text, "SEC_E_LOGON_DENIED" in line), (OUT, True, True), text[-300:])
    with open(log, encoding="utf-8", errors="replace") as f:
        f.seek(mark)
        told = f.read()
    print(told, file=client.interop.log)
    check(reason in told, "why we refuse it")
    check_equal("the account is" in told, reason in ("expired", "disabled"), "the account's state is said")


# -- FreeRDP 3, by Kerberos ------------------------------------------------------------------------------------------------
def freerdp_ticket(client, user):
    """It connects and logs in once more when the first connection has ended after a login."""
    server, mark = client.start(), client.d.mark()
    password = domain.USERS[user][0]
    code, text = client.login(server, user, password, domain.REALM, "/auth-pkg-list:!ntlm,kerberos")
    check_equal(code, IN, text[-300:])
    for _login in range(2):
        line = server.next_line()
        check(line.startswith("logged in: a user whom Kerberos does not name, ")
              and line.endswith(f"delegated: {domain.REALM}\\{user} with a password"), line)
    check_equal(ticket(client.d, mark, user), ("Kerberos KDC", "NT_STATUS_OK"), "what the controller says")
    check_equal(server.end()[:3], (2, 0, 0), "the server's counts")


def freerdp_no_ticket(client, user, password, status, words):
    """The controller refuses, and WORDS are what FreeRDP says of it; at nlaserver it goes no further than TLS."""
    server, mark = client.start(), client.d.mark()
    code, text = client.login(server, user, password, domain.REALM, "/auth-pkg-list:!ntlm,kerberos")
    check_equal((code, words in text), (NO_TICKET, True), text[-900:])
    check(server.next_line().startswith("broken: "), "the server")
    check_equal(ticket(client.d, mark, user), ("Kerberos KDC", status), "what the controller says")
    check_equal(server.end()[0], 0, "logins")


def freerdp_foreign_keytab(client):
    server = client.start("foreign.keytab")
    code, text = client.login(server, "alice", domain.USERS["alice"][0], domain.REALM, "/auth-pkg-list:!ntlm,kerberos")
    check_equal((code, "ERRCONNECT_LOGON_FAILURE" in text), (OUT, True), text[-300:])
    check("SEC_E_LOGON_DENIED" in server.next_line(), "the server")
    server.end()


def freerdp_2_cases(interop, d, thumbprint, der):
    client = Client(interop, d, FreeRdp(interop), thumbprint, der)
    if client.freerdp.major != 2:  # Debian 13's has Kerberos
        return
    handed_over = hand_over(d)
    interop.case("nla-freerdp2-ntlm", freerdp_ntlm, client)
    for name, user, password, reason in (
            ("alice", "alice", domain.USERS["alice"][0], None), ("Jürgen_Ωé", "Jürgen_Ωé", domain.USERS["Jürgen_Ωé"][0], None),
            ("wrong-password", "alice", "Wrong-Horse-7", "logon of 'alice' from"),
            ("unknown", "nobody", "Correct-Horse-7", "logon of 'nobody' from"),
            ("gone", "gone", domain.USERS["gone"][0], "expired"), ("disabled", "disabled", domain.USERS["disabled"][0], "disabled")):
        interop.case(f"nla-freerdp2-{name}", freerdp_handed_over, client, handed_over, user, password, reason)


def freerdp_3_cases(interop, d, thumbprint, der, chroot):
    client = Client(interop, d, ChrootFreeRdp(interop, chroot, interop.out), thumbprint, der)
    for user in ("alice", "Jürgen_Ωé"):
        interop.case(f"nla-freerdp3-{user}", freerdp_ticket, client, user)
    for name, user, password, status, words in (
            ("wrong-password", "alice", "Wrong-Horse-7", "NT_STATUS_WRONG_PASSWORD", "Preauthentication failed"),
            ("unknown", "nobody", "Correct-Horse-7", "NT_STATUS_NO_SUCH_USER", "not found in Kerberos database"),
            ("gone", "gone", domain.USERS["gone"][0], "NT_STATUS_ACCOUNT_EXPIRED", REVOKED),
            ("disabled", "disabled", domain.USERS["disabled"][0], "NT_STATUS_ACCOUNT_DISABLED", REVOKED),
            ("stale", "stale", domain.USERS["stale"][0], "NT_STATUS_PASSWORD_MUST_CHANGE", "Password has expired")):
        interop.case(f"nla-freerdp3-{name}", freerdp_no_ticket, client, user, password, status, words)
    interop.case("nla-freerdp3-foreign-keytab", freerdp_foreign_keytab, client)


def cases(interop, d, chroot):
    for user in ("alice", "Jürgen_Ωé"):  # other scripts', for every domain
        interop.run_tool("opensspi-passwd.exe", "remove", user)
    interop.add_account(*ACCOUNT)
    pem, der = make_certificate(interop.out, SERVICE)
    thumbprint = import_certificate(interop, pem, der)
    spoil(f"{d.folder}/service.keytab", f"{d.folder}/foreign.keytab")
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
    freerdp_2_cases(interop, d, thumbprint, der)
    freerdp_3_cases(interop, d, thumbprint, der, chroot)
