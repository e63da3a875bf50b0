"""A web server of Python's ssl, for Windows programs that ask by Schannel, and who spoils what goes over the wire. What it is asked, and
on how many connections, it says."""
import hashlib
import re
import socket
import ssl
import threading

from harness import close_listener

SECONDS = 20


def pattern(size):
    return bytes((i * 7 + i // 251) & 255 for i in range(size))


class FlipNth:
    """One bit of the N-th record of application data in one direction."""

    def __init__(self, direction, nth):
        self.direction, self.nth, self.seen = direction, nth, 0

    def __call__(self, direction, _count, record):
        if direction == self.direction and record[0] == 23:
            self.seen += 1
            if self.seen == self.nth:
                return record[:-20] + bytes([record[-20] ^ 4]) + record[-19:]
        return record


class Server:
    """Answers GET /N with N bytes, POST with the SHA-256 of what came, until it is ended. ROOT: a client has to show a
    certificate of it. ALPN: what it chooses from. HOW: what becomes of the answer: "whole", "bytes" (each byte a record), "close" (Connection: close), "ragged" (whole, then the end without
    close_notify), "cut" (half of it, then the end without close_notify)."""

    def __init__(self, interop, certificates, name="good", versions=("1.2", "1.3"), root=None, how="whole",
                 alpn=()):
        self.log, self.how = interop.log, how
        self.connections, self.seen, self.errors, self.alpn, self.again = 0, [], [], [], 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        known = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
        self.context.minimum_version, self.context.maximum_version = known[versions[0]], known[versions[-1]]
        self.context.load_cert_chain(certificates.path(name, "pem"), certificates.path(name, "key"))
        if root:
            self.context.load_verify_locations(certificates.path(root, "pem"))
            self.context.verify_mode = ssl.CERT_REQUIRED
        if alpn:
            self.context.set_alpn_protocols(alpn)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            plain.settimeout(SECONDS)
            self.threads.append(threading.Thread(target=self._connection, args=(plain,), daemon=True))
            self.threads[-1].start()

    def _connection(self, plain):
        try:
            stream = self.context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=True)
            self.alpn.append(stream.selected_alpn_protocol())
            self.again += stream.session_reused
            while self._request(stream):
                pass
            if self.how not in ("ragged", "cut"):
                stream.unwrap()
            stream.close()
        except OSError as e:
            self.errors.append(f"{type(e).__name__}: {e}")
        finally:
            plain.close()

    def _request(self, stream):
        """False: that was the last one."""
        held = b""
        while b"\r\n\r\n" not in held:
            more = stream.recv(65536)
            if not more:
                return False
            held += more
        head, _, body = held.partition(b"\r\n\r\n")
        size = re.search(rb"(?i)^content-length: *(\d+)", head, re.M)
        while size and len(body) < int(size[1]):
            more = stream.recv(65536)
            if not more:
                return False
            body += more
        verb, path = head.split()[:2]
        subject = dict(x[0] for x in (stream.getpeercert() or {}).get("subject", ()))
        self.seen.append((verb.decode(), len(body), stream.version(), subject.get("commonName")))
        number = path[1:].decode()
        answer = hashlib.sha256(body).hexdigest().encode() if verb == b"POST" else pattern(int(number or 0))
        return self._answer(stream, answer)

    def _answer(self, stream, answer):
        more = "" if self.how in ("whole", "bytes") else "Connection: close\r\n"
        stream.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n{more}\r\n".encode())
        if self.how == "cut":
            answer = answer[:len(answer) // 2]
        if self.how == "bytes":
            for i in range(len(answer)):
                stream.sendall(answer[i:i + 1])
        else:
            stream.sendall(answer)
        return not more

    def end(self):
        """(verb, body's size, version, the client's name) of each request; what went wrong is in .errors, how many connections
        took a session up again in .again."""
        close_listener(self.listener)
        for t in self.threads:
            t.join(SECONDS)
        print(f"    server: {self.connections} connections, {self.seen}, {self.errors}", file=self.log, flush=True)
        return self.seen
