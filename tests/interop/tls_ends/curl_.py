"""curl as Debian has it, with OpenSSL: a client. Our server answers with a page that names the request's first line."""
import re
import subprocess

import harness
from tls_ends import SUITES, Refused, Visit, openssl_ciphers, suite_of

NAME = "curl"
ROLES = ("client",)
HTTP = AT_ONCE = True
FIRST = "GET /one HTTP/1.1\r\n"
WHY = {
    "wrong-ca": "unable to get local issuer certificate|self.signed certificate in certificate chain",
    "wrong-name": "no alternative certificate subject name matches",
    "flip": "bad record mac|decryption failed",
    "unknown-ca-heard": "alert unknown ca",
    "no-cipher": "alert handshake failure",
    "version": "alert protocol version|unsupported protocol|alert handshake failure",
}
_state = {}


def prepare(interop):
    harness.need("curl")
    _state["interop"] = interop


def version():
    text = subprocess.run(["curl", "--version"], stdout=subprocess.PIPE, text=True, timeout=20).stdout
    return f"curl {text.split()[1]} ({re.search(r'OpenSSL/[^ ]+', text)[0]})"


def lacks(cell):
    if cell.again == "ticket":
        return "curl asks for no tickets up to TLS 1.2"
    return None


def visit(cell, asked):
    suite = SUITES[cell.suite][1] if cell.version == "1.3" else openssl_ciphers(cell)
    own = ["--cert", f"{asked.own}.pem", "--key", f"{asked.own}.key"] if asked.own else []
    places = []
    for port in asked.ports:
        places += ["--resolve", f"{asked.name}:{port}:127.0.0.1", f"https://{asked.name}:{port}/one"]
    done = subprocess.run(
        ["curl", "-q", "-sSv", "--noproxy", "*", "--max-time", "10", "--http1.1", "--cacert", f"{asked.root}.pem", *own,
         f"--tlsv{cell.version}", "--tls-max", cell.version, "--tls13-ciphers" if cell.version == "1.3" else "--ciphers",
         suite, *places], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    said = (done.stderr + done.stdout).decode(errors="replace")
    print(said, file=_state["interop"].log, flush=True)
    if done.returncode:
        raise Refused(said)
    pages = re.findall("echo: GET /one HTTP/1.1", done.stdout.decode())
    parts = said.split("Trying 127.0.0.1")[1:]
    visits = []
    for part, page in zip(parts, pages):
        v, cipher = re.search(r"SSL connection using TLSv([\d.]+) / ([^ \n]+)", part).groups()
        visits.append(Visit("1.0" if v == "1" else v, suite_of(cipher), None, page))
    return visits
