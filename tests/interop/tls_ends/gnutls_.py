"""GnuTLS's own tools, gnutls-cli and gnutls-serv of the host's libgnutls: a process for each connection or server."""
import re
import subprocess

import harness
from tls_ends import SUITES, Refused, Visit, free_port, output_of, wait_idle, wait_listening

NAME = "gnutls"
ROLES = ("client", "server")
SEND, REPLY = "one\n", "one\n"
HTTP = False
AT_ONCE = True
# With --resume gnutls-cli closes its first connection as soon as it has one ticket, with the second unread. A GnuTLS server,
# ours too, sends both with its first flight, so that TCP's reset may overtake the client's Finished.
LEAVES_EARLY = True
WHY = {
    "wrong-ca": "issuer is unknown",
    "wrong-name": "name in the certificate does not match",
    "foreign-client": "issuer is unknown|Error in the certificate",
    "flip": "Decryption has failed",
    "unknown-ca-heard": "CA is unknown|TLS fatal alert has been received",  # gnutls-serv does not say which
    "no-cipher": "No supported cipher suites have been found|Handshake failed|Could not negotiate a supported cipher suite"
                 "|No common .* (could be|was) found",
    "version": "Error in protocol version|unsupported version packet|Handshake failed|unsupported protocol version"
               "|No supported cipher suites|illegal or unsupported version|TLS fatal alert has been received",
}
_state = {}


def prepare(interop):
    harness.need("gnutls-cli", "gnutls-serv", "gcc")
    _state["interop"] = interop
    _state["loopback"] = f"{interop.out}/loopback.so"
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", _state["loopback"],
                    f"{harness.ROOT}/tests/interop/native/loopback.c"], check=True, stderr=interop.log)


def version():
    return "GnuTLS " + harness.version_of("gnutls-cli", "--version").split()[1]


def lacks(cell):
    if cell.later and cell.ours == "client":
        return "gnutls-serv asks again for its own commands only"
    if cell.later and cell.version != "1.3":
        return "gnutls-cli ends a renegotiation when data comes in the middle of it"
    return None


def _priority(cell):
    exchange = "+ECDHE-RSA:+ECDHE-ECDSA:+RSA:+DHE-RSA:" if not cell.suite else ""
    return f"NONE:+VERS-TLS{cell.version}:{exchange}{SUITES[cell.suite][2]}:+SIGN-ALL:+GROUP-ALL:+CTYPE-X.509"


def _options(cell, asked):
    own = ["--x509certfile", f"{asked.own}.pem", "--x509keyfile", f"{asked.own}.key"] if asked.own else []
    root = ["--x509cafile", f"{asked.root}.pem"] if asked.root else []
    return [*own, *root, "--priority", _priority(cell), *(["--noticket"] if cell.again == "id" else [])]


def _description(said):
    """(version, suite's words) of each "Description": (TLS1.2-X.509)-(ECDHE-X25519)-(RSA-SHA256)-(AES-128-CBC)-(SHA1)."""
    found = re.findall(r"^- Description: (\S+)$", said, re.M)
    return [(re.search(r"\(TLS([\d.]+)", d)[1], d) for d in found]


def _suite(cell, description):
    """The cell's suite, if the description names its parts. In TLS 1.3 it does not name the hash, which each cipher has
    its own of."""
    *exchange, cipher, mac = [w[1:] for w in SUITES[cell.suite][2].split(":")]
    wanted = [f"({cipher})"] + ([f"({mac})"] if mac != "AEAD" else [])
    parts = re.findall(r"\([^)]*\)", description)
    if exchange:
        known = parts[1][1:-1] if len(parts) > 1 else ""
        kind = exchange[0].split("-")[0]
        if not known.startswith(kind):
            return 0
    return cell.suite if parts[-len(wanted):] == wanted else 0


def visit(cell, asked):
    interop = _state["interop"]
    again = ["--resume", "--waitresumption"] if len(asked.ports) == 2 else []
    process = interop.start(
        ["gnutls-cli", "--port", str(asked.ports[0]), "--verify-hostname", asked.name, "--sni-hostname", asked.name,
         *again, *(["--post-handshake-auth"] if cell.later and cell.version == "1.3" else []), *_options(cell, asked), "127.0.0.1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        process.stdin.write(b"one\nquit\n")
        process.stdin.flush()
    except OSError:
        pass  # it has ended, and says why
    said = process.stdout.read().decode(errors="replace")  # to the end of stdin it would not wait for the answer
    output_of(process)
    print(said, file=interop.log, flush=True)
    found = _description(said)
    if cell.later:
        found = found[-1:]  # a renegotiation has one of its own
    if "echo: one" not in said or process.returncode:
        raise Refused(said)
    resumed = "*** This is a resumed session" in said
    return [Visit(v, _suite(cell, d), resumed and n == 1, "echo: one") for n, (v, d) in enumerate(found)]


class _Server:
    def __init__(self, cell, asked):
        self.cell, self.port = cell, free_port()
        mutual = ["--require-client-cert", "--verify-client-cert"] if asked.root else ["--disable-client-cert"]
        kept = [] if asked.keep else ["--noticket", "--nodb"]
        self.process = _state["interop"].start(
            ["gnutls-serv", "--echo", "--port", str(self.port), *mutual, *kept, *_options(cell, asked)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**_state["interop"].environment(), "LD_PRELOAD": _state["loopback"]})
        wait_listening(self.port, self.process)

    def end(self):
        wait_idle(self.port)
        self.process.terminate()
        said = output_of(self.process)
        print(said, file=_state["interop"].log, flush=True)
        visits = []
        for part in said.split("* Accepted connection from")[1:]:
            for v, description in _description(part):
                visits.append(Visit(v, _suite(self.cell, description), "*** This is a resumed session" in part))
        return visits, said


def serve(cell, asked):
    return _Server(cell, asked)
