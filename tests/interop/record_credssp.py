#!/usr/bin/env python3
"""Records CredSSP messages for tests/unit/credssp_vectors.h, from pyspnego's client, server and codec.

What is recorded are TSRequests as they are before TLS, and what pyspnego seals in pubKeyAuth. Each
recorded key binding is compared here with the formula of [MS-CSSP] 3.1.5, computed by hashlib.
Needs pyspnego and cryptography (pip install pyspnego cryptography); no network. The account is made
up for this recording.

usage: record_credssp.py > tests/unit/credssp_vectors.h
"""
import hashlib
import os
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import spnego
import spnego._credssp_structures as structures
import spnego._ntlm

USER, PASSWORD = "DOM\\user", "Pa55-for-recording"
MAGIC = {"client": b"CredSSP Client-To-Server Binding Hash\0",
         "server": b"CredSSP Server-To-Client Binding Hash\0"}


class Recorder:
    """Stands in front of TSRequest.pack and NTLMProxy.wrap."""

    def __init__(self):
        self.requests, self.sealed = [], []
        pack, wrap = structures.TSRequest.pack, spnego._ntlm.NTLMProxy.wrap

        def recording_pack(request, *args, **kwargs):
            encoded = pack(request, *args, **kwargs)
            self.requests.append((encoded, request))
            return encoded

        def recording_wrap(context, data, *args, **kwargs):
            self.sealed.append(bytes(data))
            return wrap(context, data, *args, **kwargs)

        structures.TSRequest.pack = recording_pack
        spnego._ntlm.NTLMProxy.wrap = recording_wrap


def contexts(raw):
    options = spnego.NegotiateOptions.use_negotiate
    target = {"hostname": "host.example", "service": "TERMSRV"}
    client_extra, server_extra = {}, {}
    if raw:
        ntlm = {"protocol": "ntlm", "options": spnego.NegotiateOptions.use_ntlm}
        client_extra["credssp_negotiate_context"] = spnego.client(USER, PASSWORD, **target, **ntlm)
        server_extra["credssp_negotiate_context"] = spnego.server(**ntlm)
    client = spnego.client(USER, PASSWORD, protocol="credssp", options=options, **target, **client_extra)
    return client, spnego.server(protocol="credssp", options=options, **server_extra)


def exchange(recorder, raw):
    """The TSRequests in order, client first; what was sealed; the server's SubjectPublicKey."""
    recorder.requests.clear()
    recorder.sealed.clear()
    peers = contexts(raw)
    token, at = None, 0
    while not (peers[0].complete and peers[1].complete):
        token = peers[at % 2].step(token)
        at += 1
        if at > 20:
            raise RuntimeError("no end in sight")
    return list(recorder.requests), list(recorder.sealed), public_key(peers[0])


def public_key(client):
    """RSAPublicKey DER: the contents of the SubjectPublicKey BIT STRING."""
    tls = next(v for v in vars(client).values() if isinstance(v, ssl.SSLObject))
    certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def binding(side, nonce, key):
    return hashlib.sha256(MAGIC[side] + nonce + key).digest()


def c_hex(data, indent="        "):
    text = data.hex()
    lines = [f'"{text[k:k + 80]}"' for k in range(0, len(text), 80)] or ['""']
    return ("\n" + indent).join(lines)


def print_one(name, comment, data):
    print(f"/* {comment} */\nstatic const char {name}[] =\n        {c_hex(data)};\n")


def print_exchange(name, comment, requests):
    def field(v):
        return c_hex(v or b"", "                ")

    print(f"/* {comment} */\nstatic const struct recorded_request {name}[] = {{")
    for encoded, request in requests:
        token = request.nego_tokens[0].nego_token if request.nego_tokens else b""
        print(f"        {{.encoded = {field(encoded)},")
        print(f"                .version = {request.version},")
        print(f"                .nego_token = {field(token)},")
        print(f"                .auth_info = {field(request.auth_info)},")
        print(f"                .pub_key_auth = {field(request.pub_key_auth)},")
        print(f"                .client_nonce = {field(request.client_nonce)}}},")
    print("};\n")


def record_exchanges(recorder):
    for name, raw in (("spnego_requests", False), ("ntlm_requests", True)):
        requests, sealed, key = exchange(recorder, raw)
        kind = "raw NTLM" if raw else "SPNEGO with mechListMIC"
        print_exchange(name, f"A whole exchange of pyspnego {version()}, {kind} inside", requests)
        nonce = next(r.client_nonce for _, r in requests if r.client_nonce)
        assert sealed[0] == binding("client", nonce, key), "the client's binding"
        assert sealed[1] == binding("server", nonce, key), "the server's binding"
        print_one(f"{name}_key", "Its SubjectPublicKey", key)
        print_one(f"{name}_nonce", "Its clientNonce", nonce)
        print_one(f"{name}_client_binding", "What the client sealed as pubKeyAuth", sealed[0])
        print_one(f"{name}_server_binding", "What the server sealed as pubKeyAuth", sealed[1])
        print_one(f"{name}_credentials", "What the client sealed as authInfo", sealed[2])


def record_error_codes():
    code = 0xC000006D
    print_one("error_code_unsigned", "errorCode STATUS_LOGON_FAILURE as pyspnego writes it",
              structures.TSRequest(6, error_code=code).pack())
    signed = (code - 2**32).to_bytes(4, "big", signed=True)
    integer = b"\x02" + bytes([len(signed)]) + signed
    field = b"\xa4" + bytes([len(integer)]) + integer
    body = b"\xa0\x03\x02\x01\x06" + field
    print_one("error_code_signed", "The same as X.690 8.3 writes the signed 32-bit number",
              b"\x30" + bytes([len(body)]) + body)


def record_credentials():
    def pack(credentials):
        return structures.TSCredentials(credentials).pack()

    print_one("credentials_password", "TSPasswordCreds dom, us\\xe9r\\u20ac, p\\xe4ss\\U0001f600",
              pack(structures.TSPasswordCreds("dom", "us\xe9r\u20ac", "p\xe4ss\U0001f600")))
    print_one("credentials_empty", "TSPasswordCreds of empty fields",
              pack(structures.TSPasswordCreds("", "", "")))
    card = structures.TSSmartCardCreds("1234", structures.TSCspDataDetail(1, card_name="card"))
    print_one("credentials_smartcard", "TSSmartCardCreds", pack(card))
    print_one("credentials_smartcard_raw", "The TSSmartCardCreds in it", card.pack())
    guard = structures.TSRemoteGuardCreds(structures.TSRemoteGuardPackageCred("NTLM", b"blob"))
    print_one("credentials_remote_guard", "TSRemoteGuardCreds", pack(guard))
    print_one("credentials_remote_guard_raw", "The TSRemoteGuardCreds in it", guard.pack())


def record_bindings():
    nonce, key = bytes(range(1, 33)), bytes([0xFF]) + bytes(range(100, 200))
    print_one("made_nonce", "Made up, and hashed by hashlib as [MS-CSSP] 3.1.5 says: the nonce", nonce)
    print_one("made_key", "The key", key)
    print_one("made_client_binding", "The client's hash", binding("client", nonce, key))
    print_one("made_server_binding", "The server's hash", binding("server", nonce, key))


def version():
    import importlib.metadata
    return importlib.metadata.version("pyspnego")


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as accounts:
        accounts.write(f"DOM:user:{PASSWORD}\n")
        accounts.flush()
        os.environ["NTLM_USER_FILE"] = accounts.name
        print("/* Made by tests/interop/record_credssp.py; do not edit. */")
        print("/* clang-format off */\n")
        print("#include <stdint.h>\n")
        print("struct recorded_request {\n    const char *encoded;\n    uint32_t version;")
        print("    const char *nego_token, *auth_info, *pub_key_auth, *client_nonce;\n};\n")
        record_exchanges(Recorder())
    record_error_codes()
    record_credentials()
    record_bindings()


if __name__ == "__main__":
    main()
