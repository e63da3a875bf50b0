"""Go's crypto/tls: native/gotls, one process that takes cases on stdin. Debian's own Go builds it, without the network."""
import json
import os
import subprocess

import harness
from tls_ends import BY_NAME, SUITES, Refused, Visit

NAME = "go"
ROLES = ("client", "server")
SEND, REPLY = "one\n", "one\n"
HTTP = AT_ONCE = False
WHY = {
    "wrong-ca": "certificate signed by unknown authority",
    "wrong-name": "certificate is valid for localhost, not other.example",
    "foreign-client": "certificate signed by unknown authority",
    "no-client": "client didn't provide a certificate",
    "flip": "bad record MAC",
    "unknown-ca-heard": "unknown certificate authority",
    "handshake-heard": "handshake failure|protocol version not supported",
    "no-cipher": "no cipher suite supported|handshake failure",
    "version": "protocol version not supported|unsupported (versions|protocol version)|handshake failure",
}
_state = {}
# crypto/tls has these in no list, not even the one of the insecure
_MISSING = {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
            "TLS_RSA_WITH_AES_256_CBC_SHA256"}


def prepare(interop):
    program = harness.build_go(interop, "gotls")
    _state["interop"] = interop
    # more than its defaults is asked for by name (RSA key exchange); nothing of the machine's settings
    _state["process"] = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=interop.log,
                                         env={"PATH": os.environ["PATH"]})
    interop.started.append(_state["process"])


def version():
    return "Go " + harness.version_of(harness.GO, "version").split()[2]


def lacks(cell):
    if cell.version == "1.3" and cell.suite:
        return "Go's crypto/tls chooses no cipher suites of TLS 1.3"
    if cell.suite and (SUITES[cell.suite][0] in _MISSING or "_DHE_" in SUITES[cell.suite][0]):
        return "Go's crypto/tls does not have the suite"
    if cell.later and (cell.version == "1.3" or cell.ours == "client"):
        return "Go's crypto/tls renegotiates as a client of TLS 1.2 only, and has no post-handshake authentication"
    if "rsa-pss" in (cell.key, cell.shown):
        return "Go's crypto/x509 knows no keys that are for RSA-PSS alone"
    if cell.again == "id":
        return "Go's crypto/tls takes sessions up by tickets only"
    return None


def _tell(role, cell, asked):
    command = {"role": role, "version": cell.version, "suite": cell.suite or 0, "name": asked.name,
               "root": f"{asked.root}.pem" if asked.root else "", "own": asked.own or "", "ports": list(asked.ports),
               "connections": asked.connections, "keep": asked.keep, "later": cell.later}
    _state["process"].stdin.write(json.dumps(command).encode() + b"\n")
    _state["process"].stdin.flush()


def _answer():
    answer = json.loads(_state["process"].stdout.readline())
    print(answer, file=_state["interop"].log, flush=True)
    return answer


def _visits(answer):
    return [Visit(v["version"], BY_NAME.get(v["suite"]), v["again"], v["text"]) for v in answer["visits"] or ()]


def visit(cell, asked):
    _tell("client", cell, asked)
    answer = _answer()
    if answer["error"]:
        raise Refused(answer["error"])
    return _visits(answer)


class _Server:
    def __init__(self, cell, asked):
        _tell("server", cell, asked)
        self.port = _answer()["port"]

    def end(self):
        answer = _answer()
        return _visits(answer), answer["error"]


def serve(cell, asked):
    return _Server(cell, asked)
