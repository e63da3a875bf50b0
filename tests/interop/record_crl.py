#!/usr/bin/env python3
"""Makes revocation lists of all kinds with Python's cryptography (OpenSSL) for tests/unit/tls_crl.c.

    python3 -B tests/interop/record_crl.py > tests/unit/tls_crl_made.h

What a list has to say of a certificate is RFC 5280's word, next to each row. Keys are P-256 and thrown away.
"""
import datetime
import subprocess
import sys
import tempfile

from harness import use_peers

use_peers()
import cryptography
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
A, B = "http://crl.test/a.crl", "http://crl.test/b.crl"
GOOD, REVOKED, UNKNOWN = "GOOD", "REVOKED", "UNKNOWN"
KEY_COMPROMISE = frozenset([x509.ReasonFlags.key_compromise])
ONE = {}  # one key for whatever does not sign


def dn(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def uri(*texts):
    return [x509.UniformResourceIdentifier(t) for t in texts]


def certificate(name, issuer=None, key=None, ca=False, serial=None, points=(), crl_sign=True):
    key = key or ONE.setdefault("key", ec.generate_private_key(ec.SECP256R1()))
    b = (x509.CertificateBuilder().subject_name(dn(name)).issuer_name(dn(issuer[0] if issuer else name))
         .public_key(key.public_key()).serial_number(serial or x509.random_serial_number())
         .not_valid_before(NOW - DAY).not_valid_after(NOW + DAY * 300)
         .add_extension(x509.BasicConstraints(ca, None), True))
    if ca:
        b = b.add_extension(x509.KeyUsage(False, False, False, False, False, True, crl_sign, False, False), True)
    if points:
        b = b.add_extension(x509.CRLDistributionPoints(points), False)
    der = b.sign(issuer[1] if issuer else key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return name, key, der


def crl(by, revoked=(), extensions=(), days=(-1, 10), entry=()):
    b = (x509.CertificateRevocationListBuilder().issuer_name(dn(by[0])).last_update(NOW + DAY * days[0])
         .next_update(NOW + DAY * days[1]))
    for serial in revoked:
        r = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
        for extension, critical in entry:
            r = r.add_extension(extension, critical)
        b = b.add_revoked_certificate(r.build())
    for extension, critical in extensions:
        b = b.add_extension(extension, critical)
    return b.sign(by[1], hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def scope(names=None, users=False, authorities=False, reasons=None, indirect=False, attributes=False):
    return [(x509.IssuingDistributionPoint(names and uri(*names), None, users, authorities, reasons, indirect, attributes),
             True)]


def length(n):
    return bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else b"\x82" + n.to_bytes(2, "big")


def sequence(body):
    return b"\x30" + length(len(body)) + body


def signed(tbs, algorithm, digest, key):
    """By openssl dgst: Python's library signs with no weak digest."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with tempfile.NamedTemporaryFile() as f:
        f.write(pem)
        f.flush()
        signature = subprocess.run(["openssl", "dgst", f"-{digest}", "-sign", f.name], input=tbs, check=True,
                                   stdout=subprocess.PIPE).stdout
    return sequence(tbs + algorithm + b"\x03" + length(len(signature) + 1) + b"\x00" + signature)


def tbs_of(der):
    return x509.load_der_x509_crl(der).tbs_certlist_bytes


def weakly(der, number, digest, key):
    """sha256WithRSAEncryption becomes pkcs-1 NUMBER (RFC 3279 2.2.1)."""
    old, new = (bytes.fromhex(f"300d06092a864886f70d0101{n:02x}0500") for n in (11, number))
    return signed(tbs_of(der).replace(old, new), new, digest, key)


def without_next_update(der, key):
    """nextUpdate, the second of two UTCTimes, is taken out."""
    tbs = tbs_of(der)
    at = tbs.index(b"\x17\x0d", tbs.index(b"\x17\x0d") + 15)
    body = tbs[at:at + 15]
    inner = tbs[tbs.index(b"\x02\x01\x01"):].replace(body, b"", 1)
    return signed(sequence(inner), bytes.fromhex("300a06082a8648ce3d040302"), "sha256", key)


def two_scopes(by, first, second):
    """No library writes an extension twice: the second one gets its OID, 2.5.29.28, afterwards."""
    value = second[0][0].public_bytes()
    near = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), value)
    tbs = tbs_of(crl(by, extensions=first + [(near, True)]))
    assert tbs.count(b"\x55\x1d\x63") == 1
    return signed(tbs.replace(b"\x55\x1d\x63", b"\x55\x1d\x1c"), bytes.fromhex("300a06082a8648ce3d040302"), "sha256", by[1])


def main():
    root = certificate("root", key=ec.generate_private_key(ec.SECP256R1()), ca=True)
    weak = certificate("weak root", key=rsa.generate_private_key(65537, 2048), ca=True)
    mute = certificate("mute root", key=ec.generate_private_key(ec.SECP256R1()), ca=True, crl_sign=False)
    other = certificate("root", key=ec.generate_private_key(ec.SECP256R1()), ca=True)
    stranger = certificate("stranger", key=ec.generate_private_key(ec.SECP256R1()), ca=True)
    roots = {"root": root, "weak": weak, "mute": mute, "other": other, "stranger": stranger}
    user = roots["user"] = certificate("user", root, key=ec.generate_private_key(ec.SECP256R1()))

    def point(name, reasons=None, issuer=None):
        return x509.DistributionPoint(uri(name), None, reasons, issuer)

    certificates = {
        "leaf": certificate("leaf", root, serial=0x1001, points=[point(A)]),
        "high": certificate("high", root, serial=0x8002, points=[point(A)]),
        "bare": certificate("bare", root, serial=0x1003),
        "ca": certificate("ca", root, serial=0x1004, ca=True, points=[point(A)]),
        "some": certificate("some", root, serial=0x1005, points=[point(A, KEY_COMPROMISE), point(B)]),
        "alien": certificate("alien", root, serial=0x1006,
                             points=[point(A, None, [x509.DirectoryName(dn("stranger"))])]),
        "weak_leaf": certificate("weak leaf", weak, serial=0x1001, points=[point(A)]),
        "below_user": certificate("below user", user, serial=0x1001, points=[point(A)]),
        "mute_leaf": certificate("mute leaf", mute, serial=0x1001, points=[point(A)]),
    }
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    near = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), b"\x05\x00")
    number, delta = x509.CRLNumber(7), x509.DeltaCRLIndicator(6)
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    elsewhere = x509.CertificateIssuer([x509.DirectoryName(dn("stranger"))])
    plain, listing = crl(root), crl(root, (0x77, 0x1001))
    rows = [
        ("plain", plain, "leaf", "root", GOOD, "6.3.3 j"),
        ("listed", listing, "leaf", "root", REVOKED, "6.3.3 j"),
        ("another listed", crl(root, (0x77, 0x100101, 0x10)), "leaf", "root", GOOD, "6.3.3 j"),
        ("listed, high bit", crl(root, (0x8002,)), "high", "root", REVOKED, "4.1.2.2: positive"),
        ("no points", plain, "bare", "root", GOOD, "6.3.3, end: lists not named in a point"),
        ("number", crl(root, extensions=[(number, False)]), "leaf", "root", GOOD, "5.2.3"),
        # who, when, how
        ("other key", crl(other), "leaf", "root", UNKNOWN, "6.3.3 g"),
        ("other key listed", crl(other, (0x1001,)), "leaf", "root", UNKNOWN, "6.3.3 g"),
        ("stranger", crl(stranger), "leaf", "stranger", UNKNOWN, "6.3.3 b 1"),
        ("no cRLSign", crl(mute), "mute_leaf", "mute", UNKNOWN, "6.3.3 f"),
        ("no authority", crl(user), "below_user", "user", UNKNOWN, "6.1.4 k"),
        ("another's name", crl(("root", stranger[1])), "leaf", "stranger", UNKNOWN, "6.3.3 f: the list's issuer has the key"),
        ("expired", crl(root, days=(-20, -10)), "leaf", "root", UNKNOWN, "6.3.3 a 1"),
        ("expired listed", crl(root, (0x1001,), days=(-20, -10)), "leaf", "root", UNKNOWN, "6.3.3 a 1"),
        ("early", crl(root, days=(1, 10)), "leaf", "root", UNKNOWN, "5.1.2.4"),
        ("no nextUpdate, fresh", without_next_update(crl(root, days=(-0.5, 10)), root[1]), "leaf", "root", GOOD, "(?)"),
        ("no nextUpdate, old", without_next_update(crl(root, days=(-3, 10)), root[1]), "leaf", "root", UNKNOWN,
         "5.1.2.5: MUST be there"),
        ("RSA", crl(weak), "weak_leaf", "weak", GOOD, "6.3.3 g"),
        ("SHA-1", weakly(crl(weak), 5, "sha1", weak[1]), "weak_leaf", "weak", UNKNOWN, "RFC 8446 4.4.2.4"),
        ("MD5", weakly(crl(weak), 4, "md5", weak[1]), "weak_leaf", "weak", UNKNOWN, "RFC 8446 4.4.2.4"),
        # scope
        ("users", crl(root, extensions=scope(users=True)), "leaf", "root", GOOD, "6.3.3 b 2 ii"),
        ("users, ca", crl(root, extensions=scope(users=True)), "ca", "root", UNKNOWN, "6.3.3 b 2 ii"),
        ("authorities", crl(root, extensions=scope(authorities=True)), "leaf", "root", UNKNOWN, "6.3.3 b 2 iii"),
        ("authorities, ca", crl(root, extensions=scope(authorities=True)), "ca", "root", GOOD, "6.3.3 b 2 iii"),
        ("attributes", crl(root, extensions=scope(attributes=True)), "leaf", "root", UNKNOWN, "6.3.3 b 2 iv"),
        ("indirect", crl(root, extensions=scope(indirect=True)), "leaf", "root", UNKNOWN, "5.2.5, 5.3.3"),
        ("indirect, listed", crl(root, (0x1001,), scope(indirect=True)), "leaf", "root", UNKNOWN, "5.3.3"),
        ("reasons", crl(root, extensions=scope(reasons=KEY_COMPROMISE)), "leaf", "root", UNKNOWN, "6.3.3 d, 6.3.3 end"),
        ("reasons, listed", crl(root, (0x1001,), scope(reasons=KEY_COMPROMISE)), "leaf", "root", REVOKED, "6.3.3 j"),
        ("its point", crl(root, extensions=scope([A])), "leaf", "root", GOOD, "6.3.3 b 2 i"),
        ("its point, second name", crl(root, extensions=scope([B, A])), "leaf", "root", GOOD, "6.3.3 b 2 i"),
        ("other point", crl(root, extensions=scope([B])), "leaf", "root", UNKNOWN, "6.3.3 b 2 i"),
        ("other point, listed", crl(root, (0x1001,), scope([B])), "leaf", "root", UNKNOWN, "6.3.3 b 2 i"),
        ("point, but none in it", crl(root, extensions=scope([A])), "bare", "root", UNKNOWN, "6.3.3 b 2 i"),
        ("point with reasons", crl(root, extensions=scope([A])), "some", "root", UNKNOWN, "6.3.3 d 3"),
        ("point with reasons, listed", crl(root, (0x1005,), scope([A])), "some", "root", REVOKED, "6.3.3 j"),
        ("point without reasons", crl(root, extensions=scope([B])), "some", "root", GOOD, "6.3.3 d 4"),
        ("both points", crl(root, extensions=scope([A, B])), "some", "root", GOOD, "6.3.3 d"),
        ("two scopes, not in the first", two_scopes(root, scope([B]), scope(users=True)), "leaf", "root", UNKNOWN, "4.2: one"),
        ("two scopes, not in the second", two_scopes(root, scope(users=True), scope([B])), "leaf", "root", UNKNOWN, "4.2: one"),
        ("point with cRLIssuer", crl(root, extensions=scope([A])), "alien", "root", UNKNOWN, "6.3.3 b 1"),
        # changes and critical extensions
        ("delta", crl(root, extensions=[(number, False), (delta, True)]), "leaf", "root", UNKNOWN, "5.2.4"),
        ("delta not critical", crl(root, extensions=[(delta, False)]), "leaf", "root", UNKNOWN, "5.2.4: MUST be"),
        ("critical", crl(root, extensions=[(unknown, True)]), "leaf", "root", UNKNOWN, "5.2"),
        ("critical in id-ce", crl(root, extensions=[(near, True)]), "leaf", "root", UNKNOWN, "5.2"),
        ("not critical", crl(root, extensions=[(unknown, False), (near, False)]), "leaf", "root", GOOD, "5.2"),
        ("critical behind the scope", crl(root, extensions=scope(users=True) + [(unknown, True)]), "leaf", "root", UNKNOWN,
         "5.2"),
        ("reason", crl(root, (0x1001,), entry=[(reason, False)]), "leaf", "root", REVOKED, "5.3.1"),
        ("entry critical", crl(root, (0x77,), entry=[(unknown, True)]), "leaf", "root", UNKNOWN, "5.3"),
        ("entry of another issuer", crl(root, (0x1001,), entry=[(elsewhere, True)]), "leaf", "root", UNKNOWN, "5.3.3"),
        ("entry not critical", crl(root, (0x77,), entry=[(unknown, False)]), "leaf", "root", GOOD, "5.3"),
    ]

    def hexed(der):
        text = der.hex()
        return "\n".join(f'    "{text[i:i + 100]}"' for i in range(0, len(text), 100))

    print(f"/* Made by tests/interop/record_crl.py with cryptography {cryptography.__version__}; not to be edited. */")
    print(f"#define CRL_NOW {int(NOW.timestamp())}")
    for name, made in [*roots.items(), *certificates.items()]:
        print(f"#define CRL_{name.upper()} \\\n" + hexed(made[2]).replace("\n", " \\\n"))
    print("static const struct crl_row {\n    const char *name, *list, *certificate, *issuer;\n"
          "    enum tls_revocation answer;\n} crl_rows[] = {")
    for name, der, about, issuer, answer, source in rows:
        print(f"    /* RFC 5280 {source} */" if source[0].isdigit() else f"    /* {source} */")
        print(f"    {{\"{name}\",\n{hexed(der)},\n    CRL_{about.upper()}, CRL_{issuer.upper()}, TLS_REVOCATION_{answer}}},")
    print("};")


if __name__ == "__main__":
    sys.exit(main())
