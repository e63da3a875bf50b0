#!/usr/bin/env python3
"""Records logins of libs/ntlm with pyspnego at old LmCompatibilityLevels, both ways, for
tests/unit/ntlm_v1_peer.c.

    python3 tests/interop/record_ntlm_v1.py > tests/unit/ntlm_v1_recorded.h   (needs pyspnego, cc, Nettle)

As record_ntlm.py, which it uses. Nothing is recorded that the other side has not accepted. LM and the
LM hash want an ASCII password.
"""
import ctypes as C
import importlib.metadata
import os
import sys
import tempfile

import record_ntlm as r

PASSWORD = "Pass word 1"
ESS, BITS_128, BITS_56 = 0x80000, 0x20000000, 0x80000000
ANY = ESS | BITS_128 | BITS_56
# name, level of both, what NEGOTIATE loses on the way (offered is then less)
CASES = [("L0", 0, 0), ("L1", 1, 0), ("L2", 2, 0), ("L1_PLAIN", 1, ESS), ("L2_PLAIN", 2, ESS),
         ("L2_56", 2, BITS_128), ("L2_40", 2, BITS_128 | BITS_56)]


def our_server():
    return r.Engine(r.lib.ntlm_server_new, r.ServerConfig(
        r.Bytes.of(r.utf16("SRV")), r.Bytes.of(r.utf16("DOM")), r.Bytes.of(r.utf16("srv.dom.example")),
        r.Bytes.of(r.utf16("dom.example")), False, r.check_logon, None, None, 0,
        r.WISH_SIGN | r.WISH_SEAL, 4, ANY, False, False, r.WORLD))


def our_client(level, lm_hash):
    return r.Engine(r.lib.ntlm_client_new, r.ClientConfig(
        r.Bytes.of(r.utf16(r.USER)), r.Bytes.of(r.utf16(r.DOMAIN)), r.Bytes.of(r.utf16("WS")),
        r.nt_hash.raw, r.Bytes.of(r.utf16("TERMSRV/srv.dom.example")), None, False,
        r.WISH_SIGN | r.WISH_SEAL, level + 1, ANY, lm_hash.raw, r.WORLD))


def lose(negotiate, lost):
    flags = int.from_bytes(negotiate[12:16], "little") & ~lost
    return negotiate[:12] + flags.to_bytes(4, "little") + negotiate[16:]


def talk_one_way(row, ours, theirs, theirs_talk):
    """Without extended session security pyspnego keeps a cipher state for each direction where there is
    one for both ([MS-NLMP] 3.4: half-duplex; Samba), so only one end talks."""
    for n in (1, 2):
        text = b"message %d" % n
        message = theirs.wrap(text).data if theirs_talk else ours.seal(text)
        assert (ours.unseal(message) if theirs_talk else theirs.unwrap(message).data) == text
        row("SEALED_%d" % n, message)
    signature = (theirs if theirs_talk else ours).sign(b"signed")
    (ours if theirs_talk else theirs).verify(b"signed", signature)
    row("SIGNED", signature)


def record(spnego, name, level, lost, theirs_is_client, lm_hash):
    os.environ["LM_COMPAT_LEVEL"] = str(level)
    options = spnego.NegotiateOptions.use_ntlm
    if theirs_is_client:
        row, ours = r.define("THEIR_CLIENT_" + name), our_server()
        theirs = spnego.client(r.DOMAIN + "\\" + r.USER, PASSWORD, hostname="srv.dom.example",
                               service="TERMSRV", protocol="ntlm", options=options)
        negotiate = lose(theirs.step(), lost)
        challenge = ours.step(negotiate, r.ST_CONTINUE)
        authenticate = theirs.step(challenge)
        ours.step(authenticate, r.ST_OK)
    else:
        row, ours = r.define("THEIR_SERVER_" + name), our_client(level, lm_hash)
        theirs = spnego.server(protocol="ntlm", options=options)
        negotiate = lose(ours.step(b"", r.ST_CONTINUE), lost)
        challenge = theirs.step(negotiate)
        authenticate = ours.step(challenge, r.ST_OK)
        theirs.step(authenticate)
    assert theirs.complete and theirs.session_key == ours.key()
    row("NEGOTIATE", negotiate)
    row("CHALLENGE", challenge)
    row("AUTHENTICATE", authenticate)
    row("SESSION_KEY", theirs.session_key)
    if int.from_bytes(challenge[20:24], "little") & ESS:
        r.talk(row, ours, theirs, b"the server" if theirs_is_client else b"the client")
    else:
        talk_one_way(row, ours, theirs, theirs_is_client)


def main():
    lm_hash = C.create_string_buffer(16)
    r.lib.ntlm_lm_hash.argtypes = [r.Bytes, C.c_char_p]
    r.lib.ntlm_nt_hash(r.Bytes.of(r.utf16(PASSWORD)), r.nt_hash)
    assert r.lib.ntlm_lm_hash(r.Bytes.of(r.utf16(PASSWORD)), lm_hash)
    with tempfile.NamedTemporaryFile("w", suffix=".users", encoding="utf-8") as users:
        users.write("%s:%s:%s\n" % (r.DOMAIN, r.USER, PASSWORD))
        users.flush()
        os.environ["NTLM_USER_FILE"] = users.name
        import spnego

        print("/* Captured from pyspnego %s by tests/interop/record_ntlm_v1.py; not to be edited.\n"
              " * LM_COMPAT_LEVEL 0 to 2; PLAIN, 56, 40: the NEGOTIATE was made to ask for less. */"
              % importlib.metadata.version("pyspnego"))
        print("#define V1_NOW %dull" % r.NOW)
        row = r.define("V1")
        row("USER", r.utf16(r.USER))
        row("DOMAIN", r.utf16(r.DOMAIN))
        row("PASSWORD", r.utf16(PASSWORD))
        for name, level, lost in CASES:
            for theirs_is_client in (True, False):
                record(spnego, name, level, lost, theirs_is_client, lm_hash)


if __name__ == "__main__":
    sys.exit(main())
