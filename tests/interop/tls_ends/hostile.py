"""A TLS client, or server, that misbehaves as the steps of a line of tlshostile.list say.

use cbc|etm|gcm|chacha         what the client offers
use noshare                    no key share at first, so that HelloRetryRequest comes
raw HEX                        no handshake: these bytes, then the end of what is sent
hello version|session|suites|compression HEX, ext TYPE HEX, dup TYPE, drop TYPE, last TYPE, noext, tail HEX
KIND OP...                     KIND: hello, key (ClientKeyExchange), ccs, finished, data; of a server: answer (ServerHello),
                               certificate, exchange, done, encrypted (EncryptedExtensions), verify. What a server of
                               TLS 1.3 says behind its hello knows skip, twice, flip, cut, add, body and claim.
    skip, twice, flip BIT, cut BYTES, add HEX, body HEX, claim BYTES (in the header only), frag BYTES (per record),
    type N (content type), before|after TYPE HEX (another record; * N times: HEX*N)
    wire flip BYTE, version HEX, type N, cut BYTES, claim SIZE, again: done to the record, after its protection
after TYPE HEX                 a record behind the handshake
big BYTES                      one record with so much data
ends                           hangs up behind the handshake, without close_notify
"""
import socket

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
from tlslite.errors import BaseTLSException, TLSAbruptCloseError, TLSLocalAlert, TLSRemoteAlert
from tlslite.messages import Message

VERSIONS = {"1.2": (3, 3), "1.3": (3, 4)}
OFFERS = {"cbc": (["aes128"], False), "etm": (["aes128"], True), "gcm": (["aes128gcm"], True),
          "chacha": (["chacha20-poly1305"], True)}
KINDS = {"ClientHello": "hello", "ClientKeyExchange": "key", "ChangeCipherSpec": "ccs", "Finished": "finished",
         "ApplicationData": "data", "ServerHello": "answer", "Certificate": "certificate",
         "ServerKeyExchange": "exchange", "ServerHelloDone": "done", "EncryptedExtensions": "encrypted",
         "CertificateVerify": "verify"}
HELLO_EDITS = ("version", "session", "suites", "compression", "ext", "dup", "drop", "last", "noext", "tail")


def number(text):
    return int(text, 0)


def unhex(text):
    """HEX or HEX*N, more behind a +; - is nothing."""
    data = b""
    for part in text.split("+"):
        digits, _, times = part.partition("*")
        data += bytes.fromhex("" if digits == "-" else digits) * int(times or 1)
    return data


def sized(width, data):
    return len(data).to_bytes(width, "big") + data


class Hello:
    """A ClientHello taken apart (RFC 5246 7.4.1.2)."""

    def __init__(self, message):
        self.at, self.data = 4, bytes(message)
        self.version, self.random = self._take(2), self._take(32)
        self.session, self.suites, self.compression = self._take_sized(1), self._take_sized(2), self._take_sized(1)
        end = self.at + 2 + int.from_bytes(self._take(2), "big") - 2
        self.extensions = []
        while self.at < end:
            self.extensions.append((int.from_bytes(self._take(2), "big"), self._take_sized(2)))
        self.tail, self.has_extensions = b"", True

    def _take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def _take_sized(self, width):
        return self._take(int.from_bytes(self._take(width), "big"))

    def edit(self, what, arguments):
        if what in ("version", "session", "suites", "compression", "tail"):
            setattr(self, what, unhex(arguments[0]))
        elif what == "noext":
            self.has_extensions = False
        else:
            self._edit_extension(what, number(arguments[0]), arguments[1:])

    def _edit_extension(self, what, kind, arguments):
        found = [e for e in self.extensions if e[0] == kind]
        others = [e for e in self.extensions if e[0] != kind]
        if what == "ext":
            self.extensions = [(kind, unhex(arguments[0])), *others]
        elif what == "drop":
            self.extensions = others
        elif what == "last":
            self.extensions = others + found
        else:
            self.extensions = self.extensions + found

    def whole(self):
        body = (self.version + self.random + sized(1, self.session) + sized(2, self.suites)
                + sized(1, self.compression))
        if self.has_extensions:
            body += sized(2, b"".join(kind.to_bytes(2, "big") + sized(2, value) for kind, value in self.extensions))
        return b"\x01" + sized(3, body + self.tail)


class Wire:
    """The socket. What is to be spoilt of a record after its protection, is so here."""

    def __init__(self, plain):
        self.plain, self.op = plain, None

    def __getattr__(self, name):
        return getattr(self.plain, name)

    def send(self, data):
        record = bytes(data)
        if self.op:
            record, self.op = self._spoilt(record, *self.op), None
        try:
            self.plain.sendall(record)
        except ConnectionError:
            pass  # the server is gone already: what it said is to be read
        return len(data)

    sendall = send  # what tlslite's buffer is flushed by

    @staticmethod
    def _spoilt(record, what, argument=None):
        if what == "again":
            return record * 2
        changed = bytearray(record)
        if what == "flip":
            changed[number(argument)] ^= 1
        elif what == "version":
            changed[1:3] = unhex(argument)
        elif what == "type":
            changed[0] = number(argument)
        elif what == "claim":
            changed[3:5] = number(argument).to_bytes(2, "big")
        elif what == "cut":
            del changed[-number(argument):]
            changed[3:5] = (len(changed) - 5).to_bytes(2, "big")
        else:
            raise ValueError(what)
        return bytes(changed)


class End(TLSConnection):
    def __init__(self, wire, steps):
        super().__init__(wire)
        self.wire, self.steps = wire, steps

    def _steps_of(self, msg):
        kind = KINDS.get(type(msg).__name__)
        return [s[1:] for s in self.steps if s[0] == kind]

    def _record(self, kind, data):
        """One record of DATA, however much it is."""
        yield from self._sendMsgThroughSocket(Message(kind, bytearray(data)))

    def _sendMsg(self, msg, randomizeFirstBlock=True, update_hashes=True):  # noqa: N802, N803 (tlslite's names)
        steps = self._steps_of(msg)
        if not steps:
            yield from super()._sendMsg(msg, randomizeFirstBlock, update_hashes)
            return
        data, kind = bytes(msg.write()), msg.contentType
        edits = [s for s in steps if s[0] in HELLO_EDITS]
        if edits:
            hello = Hello(data)
            for what, *arguments in edits:
                hello.edit(what, arguments)
            data = hello.whole()
        if kind == 22:
            self._handshake_hash.update(bytearray(data))
        yield from self._misbehave([s for s in steps if s not in edits], data, kind)

    def _queue_message(self, msg):  # noqa: N802
        data = bytes(msg.write())
        for what, *arguments in self._steps_of(msg):
            if what in ("skip", "twice"):
                data *= {"skip": 0, "twice": 2}[what]
            else:
                data = self._changed(data, what, arguments[0])
        self._buffer_content_type = msg.contentType
        self._buffer += data
        self._handshake_hash.update(bytearray(data))

    def _misbehave(self, steps, data, kind):
        size, times, behind = 1 << 16, 1, []
        for what, *arguments in steps:
            if what == "before":
                for _ in range(number((arguments + ["1"])[2])):
                    yield from self._record(number(arguments[0]), unhex(arguments[1]))
            elif what == "after":
                behind.append(arguments)
            elif what == "frag":
                size = number(arguments[0])
            elif what in ("skip", "twice"):
                times = {"skip": 0, "twice": 2}[what]
            elif what == "type":
                kind = number(arguments[0])
            elif what == "wire":
                self.sock.flush()  # of tlslite's buffer: the spoilt record goes alone
                self.wire.op = arguments
            else:
                data = self._changed(data, what, arguments[0])
        for _ in range(times):
            for i in range(0, max(len(data), 1), size):
                yield from self._record(kind, data[i:i + size])
        self.sock.flush()
        for arguments in behind:
            yield from self._record(number(arguments[0]), unhex(arguments[1]))

    @staticmethod
    def _changed(data, what, argument):
        head, body = data[:1], data[4:]
        if what == "flip":
            bit = number(argument) % (8 * len(data))
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            return bytes(changed)
        if what == "claim":
            return head + (len(body) + number(argument)).to_bytes(3, "big") + body
        if what == "cut":
            return head + sized(3, body[:len(body) - number(argument)])
        if what == "add":
            return head + sized(3, body + unhex(argument))
        if what == "body":
            return head + sized(3, unhex(argument))
        raise ValueError(what)


class Conversation:
    def __init__(self, plain, version, steps):
        self.plain, self.version, self.steps = plain, version, steps

    def _settings(self):
        s = HandshakeSettings()
        s.minVersion = s.maxVersion = VERSIONS[self.version]
        s.versions = [s.maxVersion]
        s.keyShares, s.eccCurves, s.dhGroups = ["x25519"], ["x25519", "secp256r1"], []
        s.keyExchangeNames = ["ecdhe_rsa"]
        s.use_heartbeat_extension = s.usePaddingExtension = False
        for use in (step[1] for step in self.steps if step[0] == "use"):
            if use == "noshare":
                s.keyShares = []
            else:
                s.cipherNames, s.useEncryptThenMAC = OFFERS[use]
        return s

    def run(self):
        """ "ok": a line was echoed at the end; "alert N" (fatal), "warning N"; "closed", "silent"; or what went wrong here."""
        try:
            if self.steps[0][0] == "raw":
                return self._raw(unhex(self.steps[0][1]))
            return self._work()
        except TLSRemoteAlert as e:
            return f"{'alert' if e.level == 2 else 'warning'} {e.description}"
        except TLSLocalAlert as e:
            return f"the client stopped: {e}"
        except socket.timeout:
            return "silent"
        except (TLSAbruptCloseError, OSError):
            return "closed"
        except BaseTLSException as e:
            return f"the client stopped: {type(e).__name__} {e}"

    def _work(self):
        return self._shake()

    def _raw(self, data):
        self.plain.sendall(data)
        self.plain.shutdown(socket.SHUT_WR)
        heard = b""
        try:
            while more := self.plain.recv(4096):
                heard += more
        except ConnectionError:
            pass
        if len(heard) >= 7 and heard[0] == 21 and heard[5] == 2:
            return f"alert {heard[6]}"
        return f"heard {heard[:16].hex()}" if heard else "closed"

    def _shake(self):
        client = End(Wire(self.plain), self.steps)
        client.closeSocket = False
        client.handshakeClientCert(settings=self._settings(), serverName="localhost")
        for what, *arguments in self.steps:
            if what == "after":
                for _ in range(number((arguments + ["1"])[2])):
                    for _result in client._record(number(arguments[0]), unhex(arguments[1])):
                        pass
            elif what == "big":
                data = b"x" * (number(arguments[0]) - 1) + b"\n"
                for _result in client._record(23, data):
                    pass
            elif what == "ends":
                self.plain.shutdown(socket.SHUT_WR)
                return self._rest(client)
        return self._talk(client)

    @staticmethod
    def _rest(client):
        return "ok" if client.read(min=1, max=100) else "closed"

    @staticmethod
    def _talk(client):
        client.write(b"one\n")
        heard = b""
        while b"echo: one\n" not in heard:
            more = client.read(min=1, max=65536)
            if not more:
                return "closed"
            heard += bytes(more)
        client.write(b"quit\n")
        while client.read(min=1, max=100):
            pass
        return "ok"


class ServerConversation(Conversation):
    """The other way round: OWN (PATH.pem, PATH.key) is shown, and the lines that come are echoed."""

    def __init__(self, plain, version, steps, own):
        super().__init__(plain, version, steps)
        self.chain, self.key = X509CertChain(), None
        with open(f"{own}.pem", encoding="ascii") as f:
            self.chain.parsePemList(f.read())
        with open(f"{own}.key", encoding="ascii") as f:
            self.key = parsePEMKey(f.read(), private=True)

    def _work(self):
        server = End(Wire(self.plain), self.steps)
        server.closeSocket = False
        settings = self._settings()
        settings.ticket_count = 0
        server.handshakeServer(certChain=self.chain, privateKey=self.key, settings=settings)
        heard = server.read(min=1, max=100)
        if not heard:
            return "closed"
        server.write(heard)
        return "closed" if server.read(min=1, max=100) else "ok"
