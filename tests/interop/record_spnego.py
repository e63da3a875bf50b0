#!/usr/bin/env python3
"""Records SPNEGO exchanges between pyspnego's own client and server, NTLM inside.

Prints C: one array of hex strings per exchange, for tests/unit/spnego_vectors.h.
Needs pyspnego (pip install pyspnego); no network. The account is made up for this recording.

usage: record_spnego.py > tests/unit/spnego_vectors.h
"""
import os
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


def exchange(context_req, user_file):
    """The tokens in order, client first."""
    client, server = contexts(context_req, user_file)
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
        print(" * client and server of \"negotiate\" with NTLM inside. Do not edit: record anew. */")
        print("#ifndef TESTS_SPNEGO_VECTORS_H\n#define TESTS_SPNEGO_VECTORS_H\n")
        for name, comment, flags in cases:
            tokens = exchange(flags, user_file)
            mech_tokens, mics = parts_of(tokens)
            print_array(name, comment, tokens)
            print_array(name + "_mech", "the mechanism's tokens in it", mech_tokens)
            print_array(name + "_mics", "the MICs in it", mics)
        print_array("recorded_mech_types", "the DER of MechTypeList in both, by pyspnego's own packer",
                    [mech_list_of(tokens[0])])
        print("#endif")


if __name__ == "__main__":
    sys.exit(main())
