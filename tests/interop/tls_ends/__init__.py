"""TLS peers for tests/interop/tlsmatrix: one module per peer, all with the same face.

    NAME, ROLES       ROLES: what the peer can be, "client" and "server"
    prepare(interop)  before the first case; the peer is built or started
    version()         for the result line
    lacks(cell)       why the peer cannot do this cell (a text), or None
    WHY[twin]         what the peer says when it refuses, a regular expression
    visit(cell, asked)            as client: a list of Visit, one per connection. Refused: with what it said
    serve(cell, asked, hello)     as server: .port; .end() gives (list of Visit, what it said)

A peer offers, and takes, the version and the cipher suite of the cell and no other. It trusts the root that it is given
and nothing else, and it checks names.
"""
import dataclasses
import re
import socket
import subprocess
import time


@dataclasses.dataclass(frozen=True)
class Cell:
    """One combination. ours: our role; suite: a key of SUITES, or None where the peer lets nobody choose (TLS 1.3);
    key: the kind of the server's; again: how the second connection takes up the first's session ("no", "id", "ticket",
    "psk"); mutual: the client shows a certificate, and the server insists on one; shown: of which kind its key is."""
    ours: str
    version: str
    suite: int
    key: str
    again: str = "no"
    mutual: bool = False
    later: bool = False  # the server asks for it when it has read the first request
    shown: str = "rsa"

    def __str__(self):
        suite = SUITES[self.suite][0] if self.suite else "any suite"
        more = "".join([f" again by {self.again}" if self.again != "no" else "",
                        f" mutual {self.shown}" if self.mutual else "",
                        " asked later" if self.later else ""])
        return f"tls{self.version} {suite} {self.key}{more}"


@dataclasses.dataclass
class Visit:
    """What a peer says of one connection; suite is IANA's number, None: it does not say."""
    version: str
    suite: int
    again: bool
    text: str = ""


@dataclasses.dataclass
class Asked:
    """Of a client: where to go, whom to trust, which name, what to show. Of a server: what to show, whom to trust of
    clients (None: it does not ask). Paths without suffix: .pem, .key and .cer are there."""
    root: str = None
    name: str = "localhost"
    own: str = None
    ports: tuple = ()  # of a client: one connection to each
    connections: int = 1  # of a server
    keep: bool = True  # sessions are kept, to be taken up again


class Refused(Exception):
    """The peer ended it. The text is all that it said."""


# IANA's number: IANA's name, OpenSSL's, GnuTLS's priority words (key exchange, cipher, MAC), key kind (None: TLS 1.3)
SUITES = {
    0x1301: ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "+AES-128-GCM:+AEAD", None),
    0x1302: ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", "+AES-256-GCM:+AEAD", None),
    0x1303: ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "+CHACHA20-POLY1305:+AEAD", None),
}
_TRADITIONAL = (  # IANA's part after WITH, OpenSSL's part, GnuTLS's words; numbers: ECDHE_RSA, ECDHE_ECDSA, RSA, DHE_RSA
    ("AES_128_GCM_SHA256", "AES128-GCM-SHA256", "+AES-128-GCM:+AEAD", 0xC02F, 0xC02B, 0x009C, 0x009E),
    ("AES_256_GCM_SHA384", "AES256-GCM-SHA384", "+AES-256-GCM:+AEAD", 0xC030, 0xC02C, 0x009D, 0x009F),
    ("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "+CHACHA20-POLY1305:+AEAD", 0xCCA8, 0xCCA9, None, 0xCCAA),
    ("AES_128_CBC_SHA256", "AES128-SHA256", "+AES-128-CBC:+SHA256", 0xC027, 0xC023, 0x003C, None),
    ("AES_256_CBC_SHA384", "AES256-SHA384", "+AES-256-CBC:+SHA384", 0xC028, 0xC024, None, None),
    ("AES_256_CBC_SHA256", "AES256-SHA256", "+AES-256-CBC:+SHA256", None, None, 0x003D, None),
    ("AES_128_CBC_SHA", "AES128-SHA", "+AES-128-CBC:+SHA1", 0xC013, 0xC009, 0x002F, None),
    ("AES_256_CBC_SHA", "AES256-SHA", "+AES-256-CBC:+SHA1", 0xC014, 0xC00A, 0x0035, None),
)
for _name, _openssl, _words, *_numbers in _TRADITIONAL:
    for _number, _exchange, _kind in zip(_numbers, ("ECDHE_RSA", "ECDHE_ECDSA", "RSA", "DHE_RSA"),
                                         ("rsa", "ec", "rsa", "rsa")):
        if _number:
            _prefix = "" if _exchange == "RSA" else _exchange.replace("_", "-") + "-"
            SUITES[_number] = (f"TLS_{_exchange}_WITH_{_name}", _prefix + _openssl,
                               f"+{_exchange.replace('_', '-')}:{_words}", _kind)

BY_NAME = {name: number for number, (name, *_rest) in SUITES.items()}
BY_OPENSSL_NAME = {names[1]: number for number, names in SUITES.items()}


def suite_of(openssl_name):
    return BY_OPENSSL_NAME.get(openssl_name)


def openssl_ciphers(cell):
    """The cipher string of OpenSSL up to TLS 1.2. Below 1.2 its default security level takes no SHA-1."""
    name = SUITES[cell.suite][1]
    return name if cell.version == "1.2" else f"{name}:@SECLEVEL=0"


def says(pattern, text):
    return re.search(pattern, text, re.I | re.S)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


LISTEN, TIME_WAIT = "0A", "06"


def _states(port):
    """The states of the sockets that have this port of loopback as theirs, from the kernel."""
    wanted = f":{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as f:
        return [x.split()[3] for x in f.readlines()[1:] if x.split()[1].endswith(wanted)]


def listens(port, process):
    """Waits for it. Not by connecting: that would be one of the connections that the server counts."""
    for _wait in range(1000):
        if LISTEN in _states(port):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False


def wait_listening(port, process):
    if not listens(port, process):
        raise RuntimeError(f"{process.args[0]} does not listen")


def wait_idle(port):
    """Until the server has closed its connections, so that it has said what it has to say; 20 seconds at most."""
    for _wait in range(2000):
        if all(s in (LISTEN, TIME_WAIT) for s in _states(port)):
            return
        time.sleep(0.01)


def output_of(process, seconds=10):
    """All that a process says, which is to end by now."""
    try:
        return process.communicate(timeout=seconds)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.terminate()
        return process.communicate(timeout=seconds)[0].decode(errors="replace")
