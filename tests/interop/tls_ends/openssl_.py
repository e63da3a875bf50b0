"""openssl s_client and s_server, a process for each connection or server."""
import re
import subprocess
import threading

import harness
from tls_ends import (Refused, Visit, free_port, openssl_ciphers, output_of, suite_of, SUITES, wait_listening)

NAME = "openssl"
ROLES = ("client", "server")
SEND, REPLY = "one\n", "eno\n"  # s_server -rev turns each line round
HTTP = False
AT_ONCE = True  # s_client sends all it has before it has read an answer
_VERSIONS = {"1.0": "-tls1", "1.1": "-tls1_1", "1.2": "-tls1_2", "1.3": "-tls1_3"}
WHY = {
    "wrong-ca": "verify error:num=(20|19):",
    "wrong-name": "verify error:num=62:",
    "foreign-client": "unable to get local issuer certificate",
    "no-client": "peer did not return a certificate",
    "flip": "bad record mac|decryption failed",
    "unknown-ca-heard": "alert unknown ca",
    "handshake-heard": "alert (handshake failure|protocol version)",
    "no-cipher": "no shared cipher|alert handshake failure|no suitable signature algorithm",
    "version": "unsupported protocol|alert protocol version|wrong version number|alert handshake failure|internal error",
}
_state = {}


def prepare(interop):
    harness.need("openssl")
    _state["interop"] = interop
    _state["sessions"] = 0


def version():
    return " ".join(harness.version_of("openssl", "version").split()[:2])


def lacks(_cell):
    return None


def _common(cell, asked):
    ciphers = ["-ciphersuites", SUITES[cell.suite][1]] if cell.version == "1.3" else ["-cipher", openssl_ciphers(cell)]
    own = ["-cert", f"{asked.own}.pem", "-key", f"{asked.own}.key"] if asked.own else []
    root = ["-CAfile", f"{asked.root}.pem"] if asked.root else []
    return [_VERSIONS[cell.version], *ciphers, *own, *root, *(["-no_ticket"] if cell.again == "id" else [])]


def visit(cell, asked):
    interop, visits = _state["interop"], []
    _state["sessions"] += 1
    path = f"{interop.out}/session-{_state['sessions']}"
    for n, port in enumerate(asked.ports):
        session = [] if len(asked.ports) == 1 else ["-sess_in", path] if n and asked.keep else ["-sess_out", path]
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-verify_return_error", "-verify_hostname",
             asked.name, "-servername", asked.name, "-ign_eof", *(["-enable_pha"] if cell.later else []), *_common(cell, asked), *session],
            input=b"one\nquit\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        said = done.stdout.decode(errors="replace")
        print(said, file=interop.log, flush=True)
        found = re.findall(r"^(New|Reused), (?:TLS|SSL)v([\d.]+), Cipher is (\S+)$", said, re.M)
        protocol = re.findall(r"^ *Protocol *: TLSv([\d.]+)$", said, re.M)
        if "echo: one" not in said or not found:
            raise Refused(said)
        how, since, cipher = found[-1]
        # of a suite that is older than the session's version, the line "New" names its own
        v = (protocol or [since])[-1]
        visits.append(Visit("1.0" if v == "1" else v, suite_of(cipher), how == "Reused", "echo: one"))
    return visits


class _Server:
    def __init__(self, cell, asked):
        self.port = free_port()
        mutual = ["-Verify", "2", "-verify_return_error"] if asked.root else []
        kept = [] if asked.keep else ["-no_cache", "-no_ticket", "-num_tickets", "0"]
        self.process = _state["interop"].start(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-rev", "-msg", "-naccept",
             str(asked.connections), *mutual, *kept, *_common(cell, asked)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wait_listening(self.port, self.process)

    def end(self):
        """A handshake that takes up a session has no Certificate of the server (RFC 8446 2.2, RFC 5246 7.3)."""
        said = output_of(self.process)
        print(said, file=_state["interop"].log, flush=True)
        visits = []
        for part in said.split("CONNECTION ESTABLISHED")[1:]:
            v = re.search(r"^Protocol version: TLSv([\d.]+)$", part, re.M)
            cipher = re.search(r"^Ciphersuite: (\S+)$", part, re.M)
            visits.append(Visit("1.0" if v[1] == "1" else v[1], suite_of(cipher[1]), False))
        for one, part in zip(visits, said.split("CONNECTION ESTABLISHED")):
            one.again = not re.search(r"^>>> .*, Certificate$", part, re.M)
        return visits, said


class _AskingServer:
    """s_server's commands "R" (renegotiate) and "c" (post-handshake authentication) ask for the certificate when the
    request has come; the answer is typed when it was looked at."""

    def __init__(self, cell, asked):
        self.cell, self.port, self.said = cell, free_port(), ""
        self.process = _state["interop"].start(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-naccept", "1", "-verify_return_error",
             *_common(cell, asked)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wait_listening(self.port, self.process)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _type(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except OSError:
            pass

    def _run(self):
        for line in self.process.stdout:
            line = line.decode(errors="replace")
            self.said += line
            if line == SEND:
                self._type("c\n" if self.cell.version == "1.3" else "R\n")
            if line.startswith("verify return:1") and "depth=0" in self.said:
                self._type(REPLY)

    def end(self):
        self.thread.join(20)  # it ends with its connection
        if self.thread.is_alive():
            self.process.terminate()
            self.thread.join(5)
        print(self.said, file=_state["interop"].log, flush=True)
        found = re.findall(r"^CIPHER is (\S+)$", self.said, re.M)
        return [Visit(self.cell.version, suite_of(c), False) for c in found[-1:]], self.said


def serve(cell, asked):
    return _AskingServer(cell, asked) if cell.later else _Server(cell, asked)
