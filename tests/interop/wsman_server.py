"""A small WSMan endpoint whose security context is a server of ours: tokens in "Authorization: CredSSP", 401 until it is
complete, then bodies that it opens and seals.

[MS-WSMV] 2.2.9.1: a body is the length of the record's header (4 bytes, little-endian), the header, the data.
"""
import base64
import http.server
import struct
import threading

from harness import check
from remote import Refused, Remote

RECORD_HEADER = 5
GOOD = ("SEC_E_OK", "SEC_I_CONTINUE_NEEDED")


class Endpoint:
    """One client at a time. ours: the context, new for each; statuses: what its legs said; asked: decrypted bodies."""

    def __init__(self, interop):
        self.interop, self.statuses, self.asked = interop, [], []
        self.ours = self.context(interop)
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                endpoint.serve(self, self.headers.get("Authorization", ""), body)

            def log_message(self, *_arguments):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads, self.http.block_on_close = True, False
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/wsman"
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def context(self, interop):
        return Remote(interop, "server", "CREDSSP", tls="1.2", cert=interop.windows(f"{interop.out}/ours.cer"))

    def serve(self, handler, authorization, body):
        if not self.ours.complete and authorization.startswith("CredSSP "):
            status, token = self.ours.try_step(base64.b64decode(authorization[8:]))
            self.statuses.append(status)
            if not self.ours.complete:
                return self.answer(handler, 401, challenge=b"CredSSP " + base64.b64encode(token))
        elif not self.ours.complete:
            return self.answer(handler, 401, challenge=b"CredSSP")
        if not body:
            return self.answer(handler, 200)
        return self.answer(handler, *self.speak(handler.headers.get("Content-Type", ""), body))

    def speak(self, _kind, body):
        """HTTP status, body, Content-Type."""
        (size,) = struct.unpack("<I", body[:4])
        check(size < len(body) - 4, "the header's length")
        try:
            asked = self.ours.unseal(body[4:])
        except Refused as e:
            self.statuses.append(e.status)
            return 400, b"", None
        self.asked.append(asked)
        sealed = self.ours.seal(b"answer to " + asked)
        return 200, struct.pack("<I", RECORD_HEADER) + sealed, None

    @staticmethod
    def answer(handler, code, body=b"", kind=None, challenge=None):
        handler.send_response(code)
        if kind:
            handler.send_header("Content-Type", kind)
        if challenge:
            handler.send_header("WWW-Authenticate", challenge.decode())
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def end(self):
        self.http.shutdown()
        self.http.server_close()
        return self.ours.close()
