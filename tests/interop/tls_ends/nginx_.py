"""nginx as server, with a configuration of ours on a free port of loopback: one process per server, no service.

It refuses a client's certificate with a page (400), after the handshake. It asks for certificates neither by renegotiation
nor after the handshake: it has no setting for either.
"""
import os
import subprocess

import harness
from tls_ends import SUITES, Visit, free_port, openssl_ciphers, output_of, suite_of, wait_listening

NAME = "nginx"
ROLES = ("server",)
HTTP = AT_ONCE = True
SEND, REPLY = "GET /one HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n"
BYTES = 0  # to the end
REFUSAL = "HTTP/1.1 400 "
_VERSIONS = {"1.0": "TLSv1", "1.1": "TLSv1.1", "1.2": "TLSv1.2", "1.3": "TLSv1.3"}
WHY = {
    "foreign-client": r"certificate verify error: \((20|21):",
    "flip": "bad record mac|decryption failed",
    "unknown-ca-heard": "alert unknown ca",
    "no-cipher": "no shared cipher|no suitable signature algorithm",
    "version": "unsupported protocol|wrong version number|version too low",
}
_state = {}


def prepare(interop):
    os.environ["PATH"] += ":/usr/sbin"
    harness.need("nginx")
    _state["interop"], _state["servers"] = interop, 0


def version():
    text = subprocess.run(["nginx", "-v"], stderr=subprocess.PIPE, text=True, timeout=20).stderr
    return "nginx " + text.split("/")[1].split()[0]


def lacks(cell):
    if cell.later:
        return "nginx asks neither by renegotiation nor after the handshake"
    if cell.suite and "_DHE_" in SUITES[cell.suite][0]:
        return "nginx has DHE only with a file of parameters"
    return None


def _settings(cell, asked, port):
    yield f"listen 127.0.0.1:{port} ssl"
    yield f"ssl_certificate {asked.own}.pem"
    yield f"ssl_certificate_key {asked.own}.key"
    yield f"ssl_protocols {_VERSIONS[cell.version]}"
    if cell.version == "1.3":
        yield f"ssl_conf_command Ciphersuites {SUITES[cell.suite][1]}"
    else:
        yield f"ssl_ciphers {openssl_ciphers(cell)}"
    yield f"ssl_session_cache {'shared:kept:1m' if asked.keep else 'off'}"
    yield f"ssl_session_tickets {'on' if asked.keep and cell.again != 'id' else 'off'}"
    if asked.root:
        yield f"ssl_client_certificate {asked.root}.pem"
        yield "ssl_verify_client on"


class _Server:
    def __init__(self, cell, asked):
        interop = _state["interop"]
        _state["servers"] += 1
        self.dir = f"{interop.out}/nginx-{_state['servers']}"
        os.makedirs(self.dir)
        self.port = free_port()
        settings = "\n".join(f"    {s};" for s in _settings(cell, asked, self.port))
        temporary = "\n".join(f"  {n}_temp_path {self.dir}/{n};" for n in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{self.dir}/nginx.conf", "w", encoding="utf-8") as f:
            f.write(f"""daemon off; master_process off; pid {self.dir}/pid;
error_log stderr info;
events {{ worker_connections 16; }}
http {{
{temporary}
  log_format seen "seen $ssl_protocol $ssl_cipher $ssl_session_reused $ssl_client_verify $status";
  access_log {self.dir}/seen seen;
  server {{
{settings}
    location / {{ return 200 "$ssl_protocol $ssl_cipher\\n"; }}
  }}
}}
""")
        self.process = interop.start(["nginx", "-p", self.dir, "-c", f"{self.dir}/nginx.conf"], stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)
        wait_listening(self.port, self.process)

    def end(self):
        self.process.send_signal(3)  # SIGQUIT: connections may end, logs are written
        said = output_of(self.process)
        with open(f"{self.dir}/seen", encoding="utf-8") as f:
            seen = f.read()
        print(said, seen, file=_state["interop"].log, flush=True)
        visits = []
        for line in seen.splitlines():
            _seen, v, cipher, reused, _verified, status = line.split()[:6]
            if status == "200":
                visits.append(Visit({"TLSv1": "1.0"}.get(v, v[4:]), suite_of(cipher), reused == "r", "one"))
        return visits, said


def serve(cell, asked):
    return _Server(cell, asked)
