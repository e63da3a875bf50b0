"""A DCE/RPC server on loopback for rpcrt4 as a client: PDUs ([C706] chapter 12) with the verifiers of [MS-RPCE] 2.2.2.11 to 13,
and what came, in words. The login is a peer's acceptor; NTLM's messages are protected by impacket's functions."""
import socket
import struct
import sys
import threading

from harness import close_listener

from Cryptodome.Cipher import ARC4
from impacket import ntlm

REQUEST, RESPONSE, BIND, BIND_ACK, ALTER_CONTEXT, AUTH3 = 0, 2, 11, 12, 14, 16
NAMES = {REQUEST: "request", BIND: "bind", ALTER_CONTEXT: "alter-context", AUTH3: "auth3"}
CONNECT, PKT_INTEGRITY, PKT_PRIVACY = 2, 5, 6
NEGOTIATE, WINNT = 9, 10  # RPC_C_AUTHN_ (rpcdce.h)
HEAD, VERIFIER, SIGNATURE = 16, 8, 16
NDR = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


class Way:
    """One direction of a login's messages."""

    def __init__(self, flags, key, mode):
        self.flags, self.sequence = flags, 0
        self.sign_key = ntlm.SIGNKEY(flags, key, mode)
        self.rc4 = ARC4.new(ntlm.SEALKEY(flags, key, mode)).encrypt

    def signature(self, message):
        self.sequence += 1
        return ntlm.MAC(self.flags, self.rc4, self.sign_key, self.sequence - 1, message).getData()


class Connection:
    """LOGIN: step(token) and complete. REPLY: of a procedure's argument bytes, its result's. words: each PDU that came, and
    whether it had a verifier."""

    def __init__(self, connection, login, reply, service=WINNT):
        self.connection, self.login, self.reply, self.service, self.words = connection, login, reply, service, []
        self.level = self.incoming = self.outgoing = None

    def read(self):
        head = receive(self.connection, HEAD)
        version, _minor, kind, _flags, _drep, size, auth, call = struct.unpack("<BBBB4sHHI", head)
        if version != 5 or size < HEAD + (VERIFIER + auth if auth else 0):
            raise ValueError("no PDU of version 5")
        rest = receive(self.connection, size - HEAD)
        end = len(rest) - auth
        verifier = rest[end - VERIFIER:end] if auth else b""
        self.words.append(NAMES.get(kind, str(kind)) + ("" if auth else " bare"))
        return kind, call, head, rest[:end - len(verifier)], verifier, rest[end:]

    def write(self, kind, call, body, verifier=b"", token=b""):
        size = HEAD + len(body) + len(verifier) + len(token)
        head = struct.pack("<BBBB4sHHI", 5, 0, kind, 3, b"\x10\0\0\0", size, len(token), call)
        self.connection.sendall(head + body + verifier + token)

    def bind(self, call, body, verifier, token):
        service, self.level = verifier[0], verifier[1]
        assert service == self.service and self.level in (CONNECT, PKT_INTEGRITY, PKT_PRIVACY), verifier
        assert body[-20:] == NDR, "a transfer syntax that is not NDR"
        answer = struct.pack("<HHI", 4280, 4280, 1) + struct.pack("<H", 1) + b"\0" + b"\0"  # no secondary address
        answer += struct.pack("<B3xHH", 1, 0, 0) + NDR
        assert len(answer) % 4 == 0
        self.write(BIND_ACK, call, answer, verifier, self.login.step(token) or b"")

    def auth3(self, token):
        self.login.step(token)  # raises: the connection ends
        assert self.login.complete
        flags = struct.unpack_from("<I", token, 60)[0]
        print(f"{self.login.client_principal} level {self.level} flags {flags:08x}", file=sys.stderr, flush=True)
        key = self.login.session_key
        self.incoming, self.outgoing = Way(flags, key, "Client"), Way(flags, key, "Server")

    def request(self, call, head, body, verifier, token):
        before, stub = body[:8], body[8:]
        assert self.login.complete and verifier[:2] == bytes((self.service, self.level)), "a request without its login"
        if self.level == PKT_PRIVACY:
            plain = self.incoming.rc4(stub)
            assert plain != stub
            stub = plain
        if self.level >= PKT_INTEGRITY:
            expected = self.incoming.signature(head + before + stub + verifier)
            assert token == expected, f"signature {token.hex()}, expected {expected.hex()}"
        self.answer(call, self.reply(stub[:len(stub) - verifier[2]]), verifier)

    def answer(self, call, stub, verifier):
        before = struct.pack("<IHBB", len(stub), 0, 0, 0)
        if self.level < PKT_INTEGRITY:
            self.write(RESPONSE, call, before + stub)
            return
        pad = -len(stub) % 16
        stub += b"\0" * pad
        verifier = verifier[:2] + bytes((pad, 0)) + verifier[4:]
        size = HEAD + len(before) + len(stub) + VERIFIER + SIGNATURE
        head = struct.pack("<BBBB4sHHI", 5, 0, RESPONSE, 3, b"\x10\0\0\0", size, SIGNATURE, call)
        sealed = self.outgoing.rc4(stub) if self.level == PKT_PRIVACY else stub
        signature = self.outgoing.signature(head + before + stub + verifier)
        self.connection.sendall(head + before + sealed + verifier + signature)

    def serve(self):
        while True:
            kind, call, head, body, verifier, token = self.read()
            if kind == BIND:
                self.bind(call, body, verifier, token)
            elif kind == AUTH3:
                self.auth3(token)
            elif kind == REQUEST:
                self.request(call, head, body, verifier, token)
            else:
                raise ValueError(f"PDU type {kind}")


class Watching(Connection):
    """Takes what comes, protected or not: the words tell. The login is any acceptor's."""

    def auth3(self, token):
        self.login.step(token)

    def request(self, call, head, body, verifier, token):
        self.level = CONNECT  # whatever was agreed: the answer is not protected
        self.answer(call, self.reply(body[8:]), verifier)


class Server:
    """LOGIN() makes an acceptor for each connection. last: the last one; refusal: what ended it, if it was refused."""

    def __init__(self, login, reply, service=WINNT, kind=Connection):
        self.login, self.reply, self.service, self.kind, self.last, self.refusal = login, reply, service, kind, None, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def attend(self, connection):
        with connection:
            try:
                self.last = self.kind(connection, self.login(), self.reply, self.service)
                self.last.serve()
            except (EOFError, ConnectionError):
                pass
            except Exception as e:  # noqa: BLE001  (whatever it is: this client is not served)
                self.refusal = f"{type(e).__name__}: {e}"
                print(f"refused: {self.refusal}", file=sys.stderr, flush=True)

    def serve(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:  # it was closed
                return
            threading.Thread(target=self.attend, args=(connection,), daemon=True).start()

    def close(self):
        close_listener(self.listener)
