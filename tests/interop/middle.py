"""Somebody in the middle of an NLA login: he ends TLS on both sides, with the server's own key or another, and changes
TSRequests on their way. With the server's key and no change nobody can notice him: that is the control of each attack."""
import select
import socket
import ssl
import struct
import threading
import traceback

from harness import use_peers

use_peers()
from spnego._credssp_structures import TSRequest

SECONDS = 40
CLOSE = object()  # among the parts of a change: hang up on both sides
HYBRID_EX = 8
TPKT = 3  # its first byte


def head_size(data):
    """Of the tag and the length of a DER value."""
    return 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)


def der_size(data):
    """The whole size of the DER value that begins DATA; None: not to be told yet."""
    if len(data) < 2 or len(data) < head_size(data):
        return None
    head = head_size(data)
    return head + (int.from_bytes(data[2:head], "big") if head > 2 else data[1])


def take(stream, size):
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise EOFError("hung up in the negotiation")
        data += part
    return data


def take_tpkt(stream):
    head = take(stream, 4)
    return head + take(stream, struct.unpack(">H", head[2:])[0] - 4)


def no_early_authorization(request):
    """RDP_NEG_REQ is the last eight bytes; without PROTOCOL_HYBRID_EX there is no answer after the credentials."""
    return request[:-4] + bytes([request[-4] & ~HYBRID_EX]) + request[-3:]


class Middle:
    """One login through the middle to 127.0.0.1:TO. CHANGE(direction, number, message) gives the parts that go on in
    place of the TSRequest MESSAGE, each a TLS record of its own; direction is up (to the server) or down. PEM: the
    certificate with its key that the client is shown. seen[direction]: the TSRequests that came."""

    def __init__(self, to, pem, change=lambda direction, number, message: [message]):
        self.to, self.change = to, change
        self.seen, self.broken = {"up": [], "down": []}, None
        self.front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.front.load_cert_chain(pem)
        self.back = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.back.check_hostname, self.back.verify_mode = False, ssl.CERT_NONE  # he does not care whom he deceives
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def wait(self):
        """Until both ends have gone; an error that is the middle's own is the test's."""
        self.thread.join(2 * SECONDS)
        self.listener.close()
        if self.thread.is_alive() or self.broken:
            raise AssertionError(f"the middle: {self.broken or 'comes to no end'}")

    def requests(self, direction):
        return [TSRequest.unpack(m) for m in self.seen[direction] if m[0] != TPKT]

    def credentials_seen(self):
        return any(request.auth_info for request in self.requests("up"))

    def _run(self):
        self.listener.settimeout(SECONDS)
        try:
            client, _ = self.listener.accept()
            self.listener.close()  # FreeRDP 3 comes again when it is hung up on: it must not wait here
            server = socket.create_connection(("127.0.0.1", self.to), SECONDS)
            with client, server:
                self._serve(client, server)
        except (OSError, EOFError):
            pass  # somebody has gone, which is how attacks end
        except Exception:  # noqa: B902
            self.broken = traceback.format_exc()

    def _serve(self, client, server):
        client.settimeout(SECONDS)
        server.sendall(no_early_authorization(take_tpkt(client)))
        client.sendall(take_tpkt(server))
        with self.front.wrap_socket(client, server_side=True) as front, self.back.wrap_socket(server) as back:
            front.settimeout(0.5)
            back.settimeout(0.5)
            held = {front: b"", back: b""}
            while self._move(front, back, held):
                pass

    def _move(self, front, back, held):
        ready = [s for s in held if s.pending()] or select.select(list(held), [], [], SECONDS)[0]
        if not ready:
            return False
        for source in ready:
            try:
                data = source.recv(65536)
            except TimeoutError:  # a record without data of ours: a session ticket
                continue
            if not data:
                return False
            held[source] += data
            if not self._hand_on(source, front, back, held):
                return False
        return True

    def _hand_on(self, source, front, back, held):
        direction, target = ("up", back) if source is front else ("down", front)
        if held[source][0] == TPKT:  # RDP goes on after NLA: nothing of it is changed
            self.seen[direction].append(held[source])
            target.sendall(held[source])
            held[source] = b""
        while (size := der_size(held[source])) is not None and len(held[source]) >= size:
            message, held[source] = held[source][:size], held[source][size:]
            number = len(self.seen[direction])
            self.seen[direction].append(message)
            for part in self.change(direction, number, message):
                if part is CLOSE:
                    return False
                target.sendall(part)
        return True
