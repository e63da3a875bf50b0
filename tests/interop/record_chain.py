#!/usr/bin/env python3
"""Makes the good inputs of tests/fuzz/tls_{chain,ocsp,bundle}.c: a chain, answers about its leaf, files with its key.

    $(setup/peers.sh)/bin/python tests/interop/record_chain.py > tests/fuzz/tls_recorded.h   (needs openssl)

By Python's cryptography; OpenSSL has to take the chain and the answers first, and to refuse them with a bit changed.
"""
import datetime
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage, NameOID

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
SHA256 = hashes.SHA256()


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def make(subject, issuer=None, usage=None, ca=False, *more):
    key = ec.generate_private_key(ec.SECP256R1())
    b = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(issuer[0].subject if issuer else name(subject))
         .public_key(key.public_key()).serial_number(x509.random_serial_number()).not_valid_before(NOW - DAY)
         .not_valid_after(NOW + 9 * DAY).add_extension(x509.BasicConstraints(ca, None), True))
    if usage:
        b = b.add_extension(x509.ExtendedKeyUsage([usage]), False)
    for extension in more:
        b = b.add_extension(extension, False)
    return b.sign(issuer[1] if issuer else key, SHA256), key


def answer(about, issuer, by, status, certificates=()):
    revoked = status == ocsp.OCSPCertStatus.REVOKED
    b = (ocsp.OCSPResponseBuilder().add_response(about, issuer, hashes.SHA1(), status, NOW - DAY, NOW + DAY,
                                                 NOW - DAY if revoked else None, None)
         .responder_id(ocsp.OCSPResponderEncoding.HASH, by[0]))
    if certificates:
        b = b.certificates(list(certificates))
    return b.sign(by[1], SHA256).public_bytes(Encoding.DER)


def write(folder, file, data):
    with open(f"{folder}/{file}", "wb") as f:
        f.write(data)
    return f"{folder}/{file}"


def accepted(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).returncode == 0


def spoilt(data):
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


def prove(root, issuer, leaf, answers):
    """The peer's word: it takes them, and not with a bit changed."""
    with tempfile.TemporaryDirectory() as d:
        root, issuer = (write(d, n, c.public_bytes(Encoding.PEM)) for n, c in (("root", root), ("issuer", issuer)))
        for data, wanted in ((leaf.public_bytes(Encoding.DER), True), (spoilt(leaf.public_bytes(Encoding.DER)), False)):
            pem = f"{d}/leaf.pem"
            subprocess.run(["openssl", "x509", "-inform", "DER", "-in", write(d, "leaf", data), "-out", pem], check=True)
            assert accepted(["openssl", "verify", "-CAfile", root, "-untrusted", issuer, "-purpose", "sslserver",
                             "-verify_hostname", "fuzz.example", pem]) == wanted
        write(d, "leaf.pem", leaf.public_bytes(Encoding.PEM))
        for data, wanted in [(a, True) for a in answers] + [(spoilt(answers[0]), False)]:
            assert accepted(["openssl", "ocsp", "-respin", write(d, "answer", data), "-issuer", issuer, "-cert", pem,
                             "-CAfile", root, "-verify_other", issuer, "-no_nonce"]) == wanted


def c_string(data):
    text = data.hex()
    return " \\\n".join(f'    "{text[i:i + 96]}"' for i in range(0, len(text), 96))


def main():
    root = make("fuzz root", None, None, True)
    issuer = make("fuzz issuer", root, None, True)
    leaf = make("fuzz.example", issuer, Usage.SERVER_AUTH, False, x509.SubjectAlternativeName([x509.DNSName("fuzz.example")]),
                x509.TLSFeature([x509.TLSFeatureType.status_request]))
    responder = make("fuzz responder", issuer, Usage.OCSP_SIGNING, False, x509.OCSPNoCheck())
    good, revoked = (answer(leaf[0], issuer[0], issuer, s) for s in (ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED))
    delegated = answer(leaf[0], issuer[0], responder, ocsp.OCSPCertStatus.GOOD, [responder[0]])
    crl = (x509.CertificateRevocationListBuilder().issuer_name(issuer[0].subject).last_update(NOW - DAY)
           .next_update(NOW + DAY).add_revoked_certificate(
               x509.RevokedCertificateBuilder().serial_number(leaf[0].serial_number).revocation_date(NOW).build())
           .sign(issuer[1], SHA256).public_bytes(Encoding.DER))
    prove(root[0], issuer[0], leaf[0], (good, revoked, delegated))

    key = leaf[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = b"".join(c.public_bytes(Encoding.PEM) for c in (leaf[0], issuer[0]))
    locked = (PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2).hmac_hash(SHA256).build(b"pass"))
    pfx = pkcs12.serialize_key_and_certificates(b"x", leaf[1], leaf[0], [issuer[0]], locked)
    print("/* Written by tests/interop/record_chain.py. Keys for tests only; everybody has them. All in hex. */")
    print("#ifndef TESTS_FUZZ_TLS_RECORDED_H\n#define TESTS_FUZZ_TLS_RECORDED_H\n")
    print(f"enum {{ RECORDED_AT = {int(NOW.timestamp())} }}; /* when all of it is good */")
    print('#define RECORDED_HOST "fuzz.example"\n#define RECORDED_PASSWORD "70617373" /* of the PFX: pass */\n')
    for what, data in (("ROOT", root[0].public_bytes(Encoding.DER)), ("ISSUER", issuer[0].public_bytes(Encoding.DER)),
                       ("LEAF", leaf[0].public_bytes(Encoding.DER)), ("OCSP_GOOD", good), ("OCSP_REVOKED", revoked),
                       ("OCSP_DELEGATED", delegated), ("CRL", crl), ("PEM_KEY", key), ("PEM_CHAIN", pem), ("PFX", pfx)):
        print(f"#define RECORDED_{what} \\\n{c_string(data)}")
    print("\n#endif")


main()
