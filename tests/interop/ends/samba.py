"""Samba's ntlm_auth, one process a login, with a smb.conf of its own: nothing of the machine's Samba is read or written.

With --password its helpers judge by that password and ask no winbindd and no domain. They sign and seal nothing for the
one who asks, so the session keys of both sides are compared. Its gss-spnego server answers NT_STATUS_ACCESS_DENIED even to
its own client with the right password (4.17 without winbindd, measured), so that role is left out. Its client sends a MIC
and its server checks it.
"""
import base64
import hashlib
import os
import subprocess

from harness import version_of
from logins import PeerRefused

ROLES = (("NTLM", "client"), ("NTLM", "server"), ("Negotiate", "server"))
MESSAGES = ()
DENIED = ("NT_STATUS_LOGON_FAILURE", "NT_STATUS_INVALID_PARAMETER")
LACKS = {("client", "unknown-user")}
NO_VERSION_1 = ()
BAD_BINDINGS = ()
FOLDERS = ("private", "state", "cache", "lock", "pid")
CLIENTS = {"NTLM": "ntlmssp-client-1", "Negotiate": "gss-spnego-client"}
SERVER = "squid-2.5-ntlmssp"


def settings(wish, role):
    """smb.conf's lines for WISH: Samba's name for each of them."""
    yes = {True: "yes", False: "no"}
    section = f"ntlmssp_{role}"
    lines = {f"{section}:128bit": wish.bits >= 128, f"{section}:56bit": wish.bits >= 56,
             f"{section}:unicode": not wish.oem}
    if wish.level is not None and role == "client":
        lines["client NTLMv2 auth"] = wish.level >= 3
        lines["client lanman auth"] = wish.level <= 1
        lines[f"{section}:ntlm2"] = wish.level != 0
    if wish.level is not None and role == "server":
        lines["lanman auth"] = wish.level <= 3
        lines["ntlm auth"] = wish.level <= 4
    return "".join(f"{k} = {yes[v]}\n" for k, v in lines.items())


def configuration(folder, wish, role):
    """The smb.conf for WISH, made once."""
    text = (f"[global]\nworkgroup = INTEROP\nnetbios name = SAMBAPEER\nserver role = standalone\n"
            f"unix charset = UTF-8\nlog file = {folder}/samba.log\nprivate dir = {folder}/private\n"
            f"state directory = {folder}/state\ncache directory = {folder}/cache\n"
            f"lock directory = {folder}/lock\npid directory = {folder}/pid\n") + settings(wish, role)
    path = f"{folder}/smb-{hashlib.sha256(text.encode()).hexdigest()[:12]}.conf"
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    return path


class End:
    def __init__(self, interop, protocol, account, wish):
        user, domain, password = account
        self.complete, self.user, self.first, self.keys, self.features = False, None, "YR", None, None
        self.client = "client" in protocol
        path = configuration(interop.out, wish, "client" if self.client else "server")
        self.process = interop.start(
            ["ntlm_auth", f"--configfile={path}", f"--helper-protocol={protocol}", f"--username={user}",
             f"--domain={domain}", f"--password={password}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL="C.UTF-8"))
        wanted = ["SESSION_KEY"] + ["SIGN"] * wish.sign + ["SEAL"] * wish.seal
        if self.ask("SF " + " ".join(f"NTLMSSP_FEATURE_{f}" for f in wanted)) != ["OK"]:
            raise RuntimeError("ntlm_auth does not take SF")

    def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().split()

    def step(self, token=b""):
        kind = self.first if not token or not self.client else "TT"
        answer = self.ask(" ".join([kind] + ([base64.b64encode(token).decode()] if token else [])))
        self.first = "KK"
        if not answer or answer[0] in ("NA", "BH"):
            raise PeerRefused(" ".join(answer) or "ntlm_auth ended")
        self.complete = answer[0] == "AF"
        if self.complete and not self.client:
            self.user = answer[-1]
            return b""
        return base64.b64decode(answer[1]) if len(answer) > 1 and answer[1] != "*" else b""

    def who(self):
        return self.user

    def key(self):
        return base64.b64decode(self.ask("GK")[1]).hex()

    def flags(self):
        return int(self.ask("GF")[1], 16)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process.stdout.close()


def client(interop, package, account, wish):
    return End(interop, CLIENTS[package], account, wish)


def server(interop, _package, account, wish):
    return End(interop, SERVER, account, wish)


def prepare(interop):
    for name in FOLDERS:
        os.makedirs(f"{interop.out}/{name}", exist_ok=True)


def version():
    return version_of("ntlm_auth", "--version").replace("Version", "ntlm_auth")


def takes_version_1(_kind):
    """The server at that level."""
    return True
