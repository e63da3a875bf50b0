#!/usr/bin/env python3
"""Records NTLM logins of libs/ntlm with pyspnego, both ways, and of curl, for tests/unit/ntlm_peer.c.

    python3 tests/interop/record_ntlm.py > tests/unit/ntlm_recorded.h     (needs pyspnego, curl, cc, Nettle)

libs/ntlm runs here as a shared library with a world that holds still, so that the unit test can do
its half again byte by byte; the peer's half is as it came. A recording is written only if each
side accepted all that the other sent.
"""
import base64
import ctypes as C
import glob
import http.server
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USER, DOMAIN, PASSWORD = "jür", "Düm", "Pass wörd"
CURL_USER, CURL_DOMAIN, CURL_PASSWORD = "user", "Dom", "Pass word"  # curl speaks OEM: ASCII only
BINDINGS = b"tls-server-end-point:" + bytes(range(32))
ST_OK, ST_CONTINUE = 0, 1
WISH_SIGN, WISH_SEAL = 1, 2


class Bytes(C.Structure):
    _fields_ = [("data", C.c_char_p), ("size", C.c_size_t)]

    @classmethod
    def of(cls, data):
        return cls(data, len(data))


class Blob(C.Structure):
    _fields_ = [("data", C.POINTER(C.c_ubyte)), ("size", C.c_size_t), ("capacity", C.c_size_t)]

    def take(self):
        return bytes(self.data[: self.size])


Random = C.CFUNCTYPE(C.c_int, C.c_void_p, C.POINTER(C.c_ubyte), C.c_size_t)
Now = C.CFUNCTYPE(C.c_uint64, C.c_void_p)
Authenticate = C.CFUNCTYPE(C.c_int, C.c_void_p, C.c_void_p, C.c_void_p)


class World(C.Structure):
    _fields_ = [("self", C.c_void_p), ("random", Random), ("now", Now)]


class ClientConfig(C.Structure):
    _fields_ = [(n, Bytes) for n in ("user", "domain", "workstation")] + [
        ("nt_hash", C.c_char_p), ("target_name", Bytes), ("bindings_hash", C.c_char_p),
        ("omit_bindings", C.c_bool), ("wishes", C.c_uint32), ("level", C.c_int),
        ("weaker", C.c_uint32), ("lm_hash", C.c_char_p), ("mix_random", C.c_bool),
        ("world", World),
        ("machine_id", C.c_char_p)]


class ServerConfig(C.Structure):
    _fields_ = [(n, Bytes) for n in ("nb_computer", "nb_domain", "dns_computer", "dns_domain")] + [
        ("is_domain", C.c_bool), ("authenticate", Authenticate), ("authenticate_self", C.c_void_p),
        ("bindings_hash", C.c_char_p), ("bindings_policy", C.c_int), ("wishes", C.c_uint32),
        ("level", C.c_int), ("weaker", C.c_uint32), ("lm_hashes", C.c_bool),
        ("omit_timestamp", C.c_bool), ("world", World), ("guests", C.c_bool),
        ("target_policy", C.c_int), ("targets", Bytes), ("machine_id", C.c_char_p)]


class Part(C.Structure):
    _fields_ = [("data", C.c_void_p), ("size", C.c_size_t), ("encrypt", C.c_bool)]


class Info(C.Structure):
    _fields_ = [("complete", C.c_bool), ("anonymous", C.c_bool), ("guest", C.c_bool),
                ("loopback", C.c_bool), ("flags", C.c_uint32)] + [
        (n, Bytes) for n in ("user", "domain", "workstation", "target_name", "server_name",
                             "server_domain")] + [("session_key", C.POINTER(C.c_ubyte))]


def build():
    so = os.path.join(tempfile.mkdtemp(), "ntlm.so")
    sources = glob.glob(ROOT + "/libs/base/*.c") + glob.glob(ROOT + "/libs/ntlm/*.c")
    subprocess.check_call(["cc", "-std=gnu11", "-shared", "-fPIC", "-I" + ROOT + "/libs", "-o", so]
                          + sources + ["-lnettle"])
    lib = C.CDLL(so)
    lib.ntlm_step.argtypes = [C.c_void_p, Bytes, C.POINTER(Blob)]
    lib.ntlm_nt_hash.argtypes = [Bytes, C.c_char_p]
    lib.ntlm_channel_bindings_hash.argtypes = [Bytes, C.c_char_p]
    lib.ntlm_check_logon.argtypes = [C.c_void_p, C.c_char_p, C.c_bool, C.c_void_p]
    lib.ntlm_query.argtypes = [C.c_void_p, C.POINTER(Info)]
    for f in ("ntlm_seal", "ntlm_sign"):
        getattr(lib, f).argtypes = [C.c_void_p, C.POINTER(Part), C.c_size_t, C.c_char_p]
    for f in ("ntlm_unseal", "ntlm_verify"):
        getattr(lib, f).argtypes = [C.c_void_p, C.POINTER(Part), C.c_size_t, Bytes]
    return lib


def utf16(text):
    return text.encode("utf-16-le")


lib = build()
nt_hash = C.create_string_buffer(16)
lib.ntlm_nt_hash(Bytes.of(utf16(PASSWORD)), nt_hash)
bindings_hash = C.create_string_buffer(16)
lib.ntlm_channel_bindings_hash(Bytes.of(BINDINGS), bindings_hash)


@Random
def still_random(_self, out, size):
    for i in range(size):
        out[i] = 0x20 + size + i  # as in ntlm_peer.c
    return ST_OK


@Now
def still_now(_self):
    return NOW


@Authenticate
def check_logon(_self, logon, key):
    return lib.ntlm_check_logon(logon, nt_hash.raw, True, key)


def filetime_now():
    import time
    return int(time.time() + 11644473600) * 10000000


NOW = filetime_now()
WORLD = World(None, still_random, still_now)


class Engine:
    def __init__(self, make, config):
        self.config, self.c = config, C.c_void_p()
        assert make(C.byref(config), C.byref(self.c)) == ST_OK

    def step(self, token, want):
        out = Blob()
        got = lib.ntlm_step(self.c, Bytes.of(token), C.byref(out))
        assert got == want, "ntlm_step: 0x%x" % got
        return out.take()

    def key(self):
        info = Info()
        lib.ntlm_query(self.c, C.byref(info))
        return bytes(info.session_key[:16])

    def part(self, data, encrypt=True):
        self.buffer = C.create_string_buffer(data, len(data))
        return Part(C.cast(self.buffer, C.c_void_p), len(data), encrypt)

    def seal(self, data):
        signature = C.create_string_buffer(16)
        assert lib.ntlm_seal(self.c, C.byref(self.part(data)), 1, signature) == ST_OK
        return signature.raw + self.buffer.raw

    def unseal(self, message):
        part = self.part(message[16:])
        assert lib.ntlm_unseal(self.c, C.byref(part), 1, Bytes.of(message[:16])) == ST_OK
        return self.buffer.raw

    def sign(self, data):
        signature = C.create_string_buffer(16)
        assert lib.ntlm_sign(self.c, C.byref(self.part(data, False)), 1, signature) == ST_OK
        return signature.raw

    def verify(self, data, signature):
        part = self.part(data, False)
        assert lib.ntlm_verify(self.c, C.byref(part), 1, Bytes.of(signature)) == ST_OK


def talk(row, ours, theirs, we_are):
    """Two sealed messages and a signature each way; all must be understood."""
    for n in (1, 2):
        text = b"message %d of the peer" % n
        message = theirs.wrap(text).data
        assert ours.unseal(message) == text
        row("PEER_SEALED_%d" % n, message)
        text = b"message %d of %s" % (n, we_are)
        message = ours.seal(text)
        assert theirs.unwrap(message).data == text
        row("OUR_SEALED_%d" % n, message)
    signature = theirs.sign(b"signed by the peer")
    ours.verify(b"signed by the peer", signature)
    row("PEER_SIGNED", signature)
    signature = ours.sign(b"signed by us")
    theirs.verify(b"signed by us", signature)
    row("OUR_SIGNED", signature)


def define(prefix):
    def row(name, data):
        text = data.hex()
        lines = [text[i: i + 80] for i in range(0, len(text), 80)] or [""]
        print("#define %s_%s \\\n%s" % (prefix, name, " \\\n".join('    "%s"' % x for x in lines)))
    return row


def server(wishes):
    return Engine(lib.ntlm_server_new, ServerConfig(
        Bytes.of(utf16("SRV")), Bytes.of(utf16("DOM")), Bytes.of(utf16("srv.dom.example")),
        Bytes.of(utf16("dom.example")), False, check_logon, None,
        bindings_hash.raw if wishes else None, 2, wishes, 0, 0, False, False, WORLD))


def record_their_client(spnego, bindings):
    row = define("THEIR_CLIENT")
    ours = server(WISH_SIGN | WISH_SEAL)
    theirs = spnego.client(DOMAIN + "\\" + USER, PASSWORD, hostname="srv.dom.example",
                           service="TERMSRV", protocol="ntlm", channel_bindings=bindings,
                           options=spnego.NegotiateOptions.use_ntlm)
    negotiate = theirs.step()
    challenge = ours.step(negotiate, ST_CONTINUE)
    authenticate = theirs.step(challenge)
    ours.step(authenticate, ST_OK)
    assert theirs.complete and theirs.session_key == ours.key()
    row("NEGOTIATE", negotiate)
    row("CHALLENGE", challenge)
    row("AUTHENTICATE", authenticate)
    row("SESSION_KEY", theirs.session_key)
    talk(row, ours, theirs, b"the server")


def record_their_server(spnego, bindings):
    row = define("THEIR_SERVER")
    ours = Engine(lib.ntlm_client_new, ClientConfig(
        Bytes.of(utf16(USER)), Bytes.of(utf16(DOMAIN)), Bytes.of(utf16("WS")), nt_hash.raw,
        Bytes.of(utf16("TERMSRV/srv.dom.example")), bindings_hash.raw, False,
        WISH_SIGN | WISH_SEAL, 0, 0, None, WORLD))
    theirs = spnego.server(protocol="ntlm", channel_bindings=bindings,
                           options=spnego.NegotiateOptions.use_ntlm)
    negotiate = ours.step(b"", ST_CONTINUE)
    challenge = theirs.step(negotiate)
    authenticate = ours.step(challenge, ST_OK)
    theirs.step(authenticate)
    assert theirs.complete and theirs.session_key == ours.key()
    row("NEGOTIATE", negotiate)
    row("CHALLENGE", challenge)
    row("AUTHENTICATE", authenticate)
    row("SESSION_KEY", theirs.session_key)
    talk(row, ours, theirs, b"the client")


class Web(http.server.BaseHTTPRequestHandler):
    """One login per connection: NEGOTIATE, CHALLENGE and AUTHENTICATE in the headers."""
    protocol_version = "HTTP/1.1"
    engine, tokens = None, []

    def log_message(self, *args):
        pass

    def answer(self, code, token=b""):
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", "NTLM " + base64.b64encode(token).decode())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        token = base64.b64decode(self.headers["Authorization"].removeprefix("NTLM "))
        Web.tokens.append(token)
        if Web.engine is None:
            Web.engine = server(0)
            Web.tokens.append(Web.engine.step(token, ST_CONTINUE))
            self.answer(401, Web.tokens[-1])
        else:
            Web.engine.step(token, ST_OK)
            self.answer(200)


def record_curl():
    row = define("CURL")
    web = http.server.HTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    code = subprocess.check_output(
        ["curl", "-q", "-s", "--noproxy", "*", "--max-time", "20", "-o", "/dev/null", "-w",
         "%{http_code}", "--ntlm", "-u", "%s\\%s:%s" % (CURL_DOMAIN, CURL_USER, CURL_PASSWORD),
         "http://127.0.0.1:%d/" % web.server_port])
    web.shutdown()
    assert code == b"200", code
    for name, token in zip(("NEGOTIATE", "CHALLENGE", "AUTHENTICATE"), Web.tokens):
        row(name, token)
    row("SESSION_KEY", Web.engine.key())


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".users", encoding="utf-8") as users:
        users.write("%s:%s:%s\n" % (DOMAIN, USER, PASSWORD))
        users.flush()
        os.environ["NTLM_USER_FILE"] = users.name
        import spnego
        from spnego.channel_bindings import GssChannelBindings

        bindings = GssChannelBindings(application_data=BINDINGS)
        print("/* Captured from pyspnego %s by tests/interop/record_ntlm.py; not to be edited.\n"
              " * User %s, domain %s, password %s, in UTF-8. */"
              % (importlib.metadata.version("pyspnego"), USER, DOMAIN, PASSWORD))
        print("#define PEER_NOW %dull" % NOW)
        row = define("PEER")
        row("USER", utf16(USER))
        row("DOMAIN", utf16(DOMAIN))
        row("PASSWORD", utf16(PASSWORD))
        row("BINDINGS", BINDINGS)
        record_their_client(spnego, bindings)
        record_their_server(spnego, bindings)
        version = subprocess.check_output(["curl", "--version"], text=True).split()[1]
        print("\n/* Captured from curl %s --ntlm: user %s, domain %s, password %s. Its workstation is what"
              "\n * curl always says. Signed and sealed is nothing. */"
              % (version, CURL_USER, CURL_DOMAIN, CURL_PASSWORD))
        row = define("CURL")
        row("USER", utf16(CURL_USER))
        row("DOMAIN", utf16(CURL_DOMAIN))
        row("PASSWORD", utf16(CURL_PASSWORD))
        lib.ntlm_nt_hash(Bytes.of(utf16(CURL_PASSWORD)), nt_hash)
        record_curl()


if __name__ == "__main__":
    sys.exit(main())
