"""curl's own NTLM. It speaks HTTP and nothing else, so each login is one curl that asks a server of ours, which only hands on
its tokens. There is nothing to steer: version 2 (for a server with TargetInfo, which ours always sends), names in OEM, no
key size, neither signing nor sealing, and no channel bindings, which the API behind it (CURLOPT_HTTPAUTH) has no word for. It has
no server. That it asks for none of them is seen in each NEGOTIATE.
"""
import base64
import re
import socket
import subprocess

from harness import check, need, version_of
from logins import PeerRefused

MESSAGES = ()
NO_VERSION_1, BAD_BINDINGS = (), ()
NEVER_ASKED = 0xA0000031  # 128, 56, signing, sealing, Unicode: [MS-NLMP] 2.2.2.5
TOKEN = re.compile(rb"^Authorization: NTLM ([A-Za-z0-9+/=]+)\r$", re.MULTILINE)


def int_at(token, place):
    return int.from_bytes(token[place:place + 4], "little")


class End:
    def __init__(self, account):
        user, domain, password = account
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.connection, self.complete, self.negotiated = None, False, None
        self.curl = subprocess.Popen(
            ["curl", "-q", "-s", "-v", "-4", "--noproxy", "*", "--max-time", "40", "--ntlm", "-u", f"{domain}\\{user}:{password}",
             f"http://127.0.0.1:{self.listener.getsockname()[1]}/"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def _answer(self, status, *headers):
        lines = [f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""]
        self.connection.sendall("\r\n".join(lines).encode())

    def _request(self):
        """The token of curl's next request; when there is none curl has given up."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.connection.recv(65536)
            if not data:
                raise PeerRefused(self._words())
            head += data
        found = TOKEN.search(head)
        if not found:
            raise PeerRefused("a request without a token")
        return base64.b64decode(found.group(1))

    def _words(self):
        """What curl says of NTLM, and how it ended."""
        said = self.curl.communicate(timeout=20)[1].decode(errors="replace")
        about = [line[2:] for line in said.splitlines() if line.startswith("*") and "NTLM" in line]
        return f"curl: {'; '.join(about)} (exit code {self.curl.returncode})"

    def step(self, token=b""):
        if self.connection is None:
            self.connection = self.listener.accept()[0]
            self.connection.settimeout(20)
            mine = self._request()
            check(not int_at(mine, 12) & NEVER_ASKED, f"curl asks for {int_at(mine, 12):#x}")
            return mine
        if self.complete:
            return b""
        self._answer("401 Unauthorized", "WWW-Authenticate: NTLM " + base64.b64encode(token).decode())
        mine = self._request()
        self.negotiated = int_at(mine, 60)
        self.complete = True
        return mine

    def key(self):
        return None

    def flags(self):
        return self.negotiated

    def close(self):
        if self.connection:
            if self.complete and self.curl.poll() is None:
                self._answer("200 OK", "Connection: close")
            self.connection.close()
        self.listener.close()
        try:
            self.curl.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.curl.kill()
            self.curl.communicate()


def client(_interop, _package, account, _wish):
    return End(account)


def prepare(_interop):
    need("curl")


def version():
    return version_of("curl", "--version")
