#!/usr/bin/env python3
"""Records datagram (connectionless) NTLM logins of libs/ntlm with gss-ntlmssp, both ways, for
tests/unit/ntlm_datagram_peer.c.

    python3 tests/interop/record_datagram.py > tests/unit/ntlm_datagram_recorded.h   (needs gss-ntlmssp, cc, Nettle)

gss-ntlmssp knows GSS_C_DATAGRAM_FLAG and has an option that numbers the next message. Its mechanism is called
without the mechglue, which takes an empty token for SPNEGO. Nothing is sealed: 1.2.0 encrypts a message with the
cipher's former state and only then starts it anew for the signature; [MS-NLMP] 3.4 has it the other way round
("prior to"). A recording is written only if each side accepted all that the other sent; and the peer has to refuse
a wrong password, an altered MIC, an altered message and another number.
"""
import ctypes as C
import os
import subprocess
import sys
import tempfile

import record_ntlm as r

MECH = "/usr/lib/%s-linux-gnu/gssntlmssp/gssntlmssp.so" % os.uname().machine
DATAGRAM, INTEGRITY_AND_MORE = 0x10000, 0x3A  # gssapi_ntlmssp.h; mutual, sequence, confidentiality, integrity
WISH_DATAGRAM = 16
NUMBERS = (7, 0x01020304, 0, 7)  # in any order, and one of them again
MIC = 72  # where it is in AUTHENTICATE
COMPLETE, CONTINUE, BAD_SIGNATURE, DEFECTIVE, DENIED = 0, 1, 0x60000, 0x90000, 0xD0000


class Oid(C.Structure):
    _fields_ = [("length", C.c_uint32), ("elements", C.c_char_p)]


class Buffer(C.Structure):
    _fields_ = [("length", C.c_size_t), ("value", C.c_char_p)]


class Out(C.Structure):
    _fields_ = [("length", C.c_size_t), ("value", C.c_void_p)]

    def take(self):
        return C.string_at(self.value, self.length) if self.length else b""


class OidSet(C.Structure):
    _fields_ = [("count", C.c_size_t), ("elements", C.POINTER(Oid))]


NTLM = Oid(10, b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a")
SET_SEQ_NUM = Oid(11, b"\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x01")
USER_NAME = Oid(10, b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x01")
HOSTBASED = Oid(10, b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04")


class Gss:
    """One side of a login, of the mechanism itself."""

    def __init__(self, mech):
        self.mech, self.minor, self.c, self.cred = mech, C.c_uint32(), C.c_void_p(), C.c_void_p()

    def call(self, name, *arguments, want=COMPLETE):
        got = getattr(self.mech, name)(C.byref(self.minor), *arguments) & 0xFFFFFFFF
        assert got == want, "%s: 0x%x, minor 0x%x" % (name, got, self.minor.value)

    def name(self, text, kind):
        name = C.c_void_p()
        self.call("gss_import_name", C.byref(Buffer(len(text), text)), C.byref(kind), C.byref(name))
        return name

    def client(self, user, password, target):
        self.target = self.name(target, HOSTBASED)
        self.call("gssspi_acquire_cred_with_password", self.name(user, USER_NAME),
                  C.byref(Buffer(len(password), password)), C.c_uint32(0), None, 1, C.byref(self.cred), None, None)
        return self

    def initialize(self, token, want):
        out = Out()
        self.call("gss_init_sec_context", self.cred, C.byref(self.c), self.target, C.byref(NTLM),
                  C.c_uint32(DATAGRAM | INTEGRITY_AND_MORE), C.c_uint32(0), None,
                  C.byref(Buffer(len(token), token)) if token else None, None, C.byref(out), None, None, want=want)
        return out.take()

    def server(self):
        self.call("gss_acquire_cred", None, C.c_uint32(0), None, 2, C.byref(self.cred), None, None)
        return self

    def accept(self, token, want):
        out = Out()
        self.call("gss_accept_sec_context", C.byref(self.c), self.cred, C.byref(Buffer(len(token), token)), None,
                  None, None, C.byref(out), None, None, None, want=want)
        return out.take()

    def number(self, n):
        value = (C.c_uint32 * 1)(n)
        self.call("gss_set_sec_context_option", C.byref(self.c), C.byref(SET_SEQ_NUM),
                  C.byref(Out(4, C.cast(value, C.c_void_p))))

    def sign(self, text):
        out = Out()
        self.call("gss_get_mic", self.c, C.c_uint32(0), C.byref(Buffer(len(text), text)), C.byref(out))
        return out.take()

    def verify(self, text, signature, want=COMPLETE):
        self.call("gss_verify_mic", self.c, C.byref(Buffer(len(text), text)),
                  C.byref(Buffer(len(signature), signature)), None, want=want)


def datagram_server():
    return r.Engine(r.lib.ntlm_server_new, r.ServerConfig(
        r.Bytes.of(r.utf16("SRV")), r.Bytes.of(r.utf16("DOM")), r.Bytes.of(r.utf16("srv.dom.example")),
        r.Bytes.of(r.utf16("dom.example")), False, r.check_logon, None, None, 0,
        r.WISH_SIGN | r.WISH_SEAL | WISH_DATAGRAM, 0, 0, False, False, r.WORLD))


def number_both(ours, theirs, outgoing, n):
    r.lib.ntlm_number_message(ours.c, outgoing, C.c_uint32(n))
    theirs.number(n)


def talk(row, ours, theirs):
    for i, n in enumerate(NUMBERS):
        number_both(ours, theirs, False, n)
        text = b"message %d of the peer" % i
        signature = theirs.sign(text)
        ours.verify(text, signature)
        row("PEER_SIGNED_%d" % i, signature)
        number_both(ours, theirs, True, n)
        text = b"message %d of ours" % i
        signature = ours.sign(text)
        theirs.verify(text + b"?", signature, want=BAD_SIGNATURE)
        theirs.number(n + 1)
        theirs.verify(text, signature, want=BAD_SIGNATURE)
        theirs.number(n)
        theirs.verify(text, signature)
        row("OUR_SIGNED_%d" % i, signature)


def record_their_client(mech):
    row = r.define("DATAGRAM_CLIENT")
    ours = datagram_server()
    theirs = Gss(mech).client((r.DOMAIN + "\\" + r.USER).encode(), r.PASSWORD.encode(), b"TERMSRV@srv.dom.example")
    assert theirs.initialize(b"", CONTINUE) == b""
    challenge = ours.step(b"", r.ST_CONTINUE)
    authenticate = theirs.initialize(challenge, COMPLETE)
    ours.step(authenticate, r.ST_OK)
    row("CHALLENGE", challenge)
    row("AUTHENTICATE", authenticate)
    row("SESSION_KEY", ours.key())
    talk(row, ours, theirs)


def datagram_client(password):
    nt_hash = C.create_string_buffer(16)
    r.lib.ntlm_nt_hash(r.Bytes.of(r.utf16(password)), nt_hash)
    return r.Engine(r.lib.ntlm_client_new, r.ClientConfig(
        r.Bytes.of(r.utf16(r.USER)), r.Bytes.of(r.utf16(r.DOMAIN)), r.Bytes.of(r.utf16("WS")), nt_hash.raw,
        r.Bytes.of(r.utf16("TERMSRV/srv.dom.example")), None, False, r.WISH_SIGN | r.WISH_SEAL | WISH_DATAGRAM, 0, 0,
        None, r.WORLD))


def record_their_server(mech):
    row = r.define("DATAGRAM_SERVER")
    refused = Gss(mech).server()
    ours = datagram_client("another")
    assert ours.step(b"", r.ST_CONTINUE) == b""
    refused.accept(ours.step(refused.accept(b"", CONTINUE), r.ST_OK), DENIED)
    refused = Gss(mech).server()
    ours = datagram_client(r.PASSWORD)
    ours.step(b"", r.ST_CONTINUE)
    authenticate = bytearray(ours.step(refused.accept(b"", CONTINUE), r.ST_OK))
    authenticate[MIC] ^= 1
    refused.accept(bytes(authenticate), DEFECTIVE)
    theirs = Gss(mech).server()
    ours = datagram_client(r.PASSWORD)
    assert ours.step(b"", r.ST_CONTINUE) == b""
    challenge = theirs.accept(b"", CONTINUE)
    authenticate = ours.step(challenge, r.ST_OK)
    theirs.accept(authenticate, COMPLETE)
    row("CHALLENGE", challenge)
    row("AUTHENTICATE", authenticate)
    row("SESSION_KEY", ours.key())
    talk(row, ours, theirs)


def main():
    r.lib.ntlm_number_message.argtypes = [C.c_void_p, C.c_bool, C.c_uint32]
    with tempfile.NamedTemporaryFile("w", suffix=".users", encoding="utf-8") as users:
        users.write("%s:%s:%s\n" % (r.DOMAIN, r.USER, r.PASSWORD))
        users.flush()
        os.environ["NTLM_USER_FILE"] = users.name
        os.environ["NETBIOS_COMPUTER_NAME"], os.environ["NETBIOS_DOMAIN_NAME"] = "PEER", "PEERDOM"
        version = subprocess.check_output(["dpkg-query", "-W", "-f", "${Version}", "gss-ntlmssp"], text=True)
        print("/* Captured from gss-ntlmssp %s by tests/interop/record_datagram.py; not to be edited.\n"
              " * User %s, domain %s, password %s, in UTF-8. */" % (version, r.USER, r.DOMAIN, r.PASSWORD))
        print("#define DATAGRAM_NOW %dull" % r.NOW)
        row = r.define("DATAGRAM")
        for name, text in (("USER", r.USER), ("DOMAIN", r.DOMAIN), ("PASSWORD", r.PASSWORD)):
            row(name, r.utf16(text))
        mech = C.CDLL(MECH)
        record_their_client(mech)
        record_their_server(mech)


if __name__ == "__main__":
    sys.exit(main())
