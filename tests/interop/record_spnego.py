#!/usr/bin/env python3
"""Records SPNEGO exchanges, NTLM inside: pyspnego's own client and server, MIT Kerberos's with gss-ntlmssp.

Prints C: one array of hex strings per exchange, for tests/unit/spnego_vectors.h.
Needs pyspnego (pip install pyspnego), libgssapi-krb5-2 and gss-ntlmssp; no network. The account is made up
for this recording.

usage: record_spnego.py > tests/unit/spnego_vectors.h
"""
import ctypes as c
import os
import subprocess
import sys
import tempfile

USER, PASSWORD = "DOMAIN\\user", "Pa55-for-recording"
DIRECTIONS = ("client", "server")


def contexts(context_req, user_file):
    import spnego

    os.environ["NTLM_USER_FILE"] = user_file
    options = spnego.NegotiateOptions.use_negotiate
    client = spnego.client(USER, PASSWORD, hostname="host.example", service="TERMSRV",
                           protocol="negotiate", options=options, context_req=context_req)
    server = spnego.server(hostname="host.example", service="TERMSRV", protocol="negotiate",
                           options=options, context_req=context_req)
    return client, server


class Buffer(c.Structure):
    """gss_buffer_desc; OIDs and sets of them have the same shape, but for the width of the length."""
    _fields_ = [("length", c.c_size_t), ("value", c.c_void_p)]


class Oid(c.Structure):
    _fields_ = [("length", c.c_uint32), ("elements", c.c_void_p)]


class OidSet(c.Structure):
    _fields_ = [("count", c.c_size_t), ("elements", c.POINTER(Oid))]


def held(kind, data):
    """A structure of KIND over DATA, which lives as long as it."""
    block = c.create_string_buffer(data, len(data))
    made = kind(len(data), c.cast(block, c.c_void_p))
    made.block = block
    return made


class MitPeer:
    """One side in libgssapi_krb5, with what record() needs of a pyspnego context. RFC 2744."""
    lib = None
    spnego = bytes.fromhex("2b0601050502")
    ntlm = bytes.fromhex("2b06010401823702020a")
    user_name = bytes.fromhex("2a864886f71201020101")
    service_name = bytes.fromhex("2a864886f71201020104")
    flags = 2 | 4 | 8 | 16 | 32  # mutual, replay, sequence, confidentiality, integrity

    def __init__(self, client):
        MitPeer.lib = MitPeer.lib or c.CDLL("libgssapi_krb5.so.2")
        self.client, self.complete = client, False
        self.context, self.credential = c.c_void_p(), c.c_void_p()
        if client:
            self.target = self.name(b"TERMSRV@host.example", self.service_name)
            mechs = OidSet(1, c.pointer(held(Oid, self.ntlm)))
            self.call("gss_acquire_cred", self.name(USER.encode(), self.user_name), 0xFFFFFFFF,
                      c.byref(mechs), 1, c.byref(self.credential), None, None)

    def call(self, function, *arguments):
        minor = c.c_uint32()
        major = getattr(self.lib, function)(c.byref(minor), *arguments) & 0xFFFFFFFF
        if major & 0xFFFF0000:
            raise RuntimeError(f"{function}: {major:#x} {minor.value:#x}")
        return major

    def name(self, text, kind):
        name = c.c_void_p()
        self.call("gss_import_name", c.byref(held(Buffer, text)), c.byref(held(Oid, kind)), c.byref(name))
        return name

    def step(self, token):
        given, out = held(Buffer, token or b""), Buffer()
        if self.client:
            major = self.call("gss_init_sec_context", self.credential, c.byref(self.context), self.target,
                              c.byref(held(Oid, self.spnego)), self.flags, 0, None, c.byref(given), None,
                              c.byref(out), None, None)
        else:
            major = self.call("gss_accept_sec_context", c.byref(self.context), self.credential,
                              c.byref(given), None, None, None, c.byref(out), None, None, None)
        self.complete = not major & 1
        return c.string_at(out.value, out.length) if out.length else None


def record(client, server):
    """The tokens in order, client first."""
    tokens, token, at = [], None, 0
    peers = (client, server)
    while not (client.complete and server.complete):
        token = peers[at % 2].step(token)
        if token:
            tokens.append(token)
        at += 1
        if at > 10:
            raise RuntimeError("no end in sight")
    return tokens


def mech_list_of(token):
    """The DER of MechTypeList in a NegTokenInit, as pyspnego sees it."""
    from spnego._spnego import unpack_token, pack_mech_type_list

    return pack_mech_type_list(unpack_token(token).mech_types)


def parts_of(tokens):
    """What pyspnego's own parser finds inside: the mechanism's tokens and the MICs, in order."""
    from spnego._spnego import unpack_token

    mech_tokens, mics = [], []
    for token in tokens:
        parsed = unpack_token(token)
        mech_token = getattr(parsed, "mech_token", None) or getattr(parsed, "response_token", None)
        if mech_token:
            mech_tokens.append(mech_token)
        if parsed.mech_list_mic:
            mics.append(parsed.mech_list_mic)
    return mech_tokens, mics


def print_array(name, comment, tokens):
    print(f"/* {comment} */")
    print(f"static const char *const {name}[] = {{")
    for i, token in enumerate(tokens):
        print(f"        /* {DIRECTIONS[i % 2]} */")
        text = token.hex()
        lines = [text[k:k + 80] for k in range(0, len(text), 80)]
        for k, line in enumerate(lines):
            print(f'        "{line}"' + ("," if k == len(lines) - 1 else ""))
    print("        NULL,\n};\n")


def print_exchange(name, comment, tokens):
    mech_tokens, mics = parts_of(tokens)
    print_array(name, comment, tokens)
    print_array(name + "_mech", "the mechanism's tokens in it", mech_tokens)
    print_array(name + "_mics", "the MICs in it", mics)


def installed(package):
    """The version of a Debian package."""
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True,
                           text=True, check=True)
    return found.stdout


def main():
    import spnego
    from importlib.metadata import version

    req = spnego.ContextReq
    cases = [
        ("recorded_sign_seal", "integrity and confidentiality: mechListMIC both ways",
         req.integrity | req.confidentiality | req.sequence_detect | req.replay_detect),
        ("recorded_plain", "no integrity asked for", req.none),
    ]
    with tempfile.TemporaryDirectory() as folder:
        user_file = os.path.join(folder, "users")
        with open(user_file, "w", encoding="utf-8") as f:
            f.write(f"DOMAIN:user:{PASSWORD}\n")
        print(f"/* Captured from pyspnego {version('pyspnego')} by tests/interop/record_spnego.py: its own")
        print(" * client and server of \"negotiate\" with NTLM inside; and from libgssapi-krb5-2 "
              f"{installed('libgssapi-krb5-2')}")
        print(f" * with gss-ntlmssp {installed('gss-ntlmssp')}. Do not edit: record anew. */")
        print("#ifndef TESTS_SPNEGO_VECTORS_H\n#define TESTS_SPNEGO_VECTORS_H\n")
        for name, comment, flags in cases:
            tokens = record(*contexts(flags, user_file))
            print_exchange(name, comment, tokens)
        tokens = record(MitPeer(True), MitPeer(False))
        print_exchange("recorded_mit", "MIT Kerberos and gss-ntlmssp", tokens)
        print_array("recorded_mech_types", "the DER of MechTypeList in all, by pyspnego's own packer",
                    [mech_list_of(tokens[0])])
        print("#endif")


if __name__ == "__main__":
    sys.exit(main())
