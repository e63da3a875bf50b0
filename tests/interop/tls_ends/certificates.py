"""Certificates for the TLS peers: a root, another root that nobody is told to trust, and leaves; new in each run."""
import datetime
import hashlib
import struct
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

KEYS = {
    "rsa": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
RSA_PSS = "rsa-pss"  # a key that its certificate keeps for RSA-PSS (id-RSASSA-PSS, RFC 4055 1.2)
USAGES = {"server": x509.ExtendedKeyUsageOID.SERVER_AUTH, "client": x509.ExtendedKeyUsageOID.CLIENT_AUTH}


def make(common_name, issuer=None, kind="rsa", usage="server"):
    """(certificate, key); without ISSUER a root of its own."""
    key = KEYS[kind]()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(issuer[0].subject if issuer else subject).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=10)).not_valid_after(now + datetime.timedelta(days=30))
               .add_extension(x509.BasicConstraints(ca=not issuer, path_length=None), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
    if not issuer:  # RFC 5280 4.2.1.3: who issues, says so; Python 3.13 demands it
        builder = builder.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
    if issuer:
        builder = (builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
                   .add_extension(x509.ExtendedKeyUsage([USAGES[usage]]), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer[1].public_key()),
                                  critical=False))
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def private_key_blob(n):
    """"RSA/Schannel Key BLOBs" (learn.microsoft.com): BLOBHEADER, RSAPUBKEY, then the numbers, little-endian."""
    def number(value, size):
        return value.to_bytes(size, "little")
    size = n.public_numbers.n.bit_length() // 8
    head = struct.pack("<BBHIIII", 7, 2, 0, 0xA400, 0x32415352, size * 8, n.public_numbers.e)
    return (head + number(n.public_numbers.n, size) + b"".join(number(x, size // 2) for x in (
        n.p, n.q, n.dmp1, n.dmq1, n.iqmp)) + number(n.d, size))


class Certificates:
    """root, stranger; server-KIND for localhost, client-KIND; of the stranger foreign-client-KIND, foreign-server."""

    def __init__(self, directory):
        self.dir = directory
        root, stranger = make("tlsmatrix root"), make("tlsmatrix stranger")
        self.save("root", root)
        self.save("stranger", stranger)
        for file, name, usage, issuer in (("server", "localhost", "server", "root"),
                                          ("client", "client.example", "client", "root"),
                                          ("foreign-client", "client.example", "client", "stranger")):
            for kind in KEYS:
                self.save(f"{file}-{kind}", make(name, {"root": root, "stranger": stranger}[issuer], kind, usage))
            self.make_pss(f"{file}-{RSA_PSS}", name, usage, issuer)
        self.save("foreign-server", make("localhost", stranger))
        self.save("other-server", make("other.example", root))

    def path(self, name):
        return f"{self.dir}/{name}"

    def save(self, name, made):
        certificate, key = made
        files = {"pem": certificate.public_bytes(Encoding.PEM), "cer": certificate.public_bytes(Encoding.DER),
                 "key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())}
        if isinstance(key, rsa.RSAPrivateKey):
            files["blob"] = private_key_blob(key.private_numbers())
        for suffix, content in files.items():
            with open(f"{self.path(name)}.{suffix}", "wb") as f:
                f.write(content)

    def make_pss(self, file, name, usage, issuer):
        """Python's library does not make certificates of such keys; openssl does."""
        path = self.path(file)
        with open(f"{path}.ext", "w", encoding="ascii") as f:
            f.write(f"subjectAltName=DNS:{name}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage={usage}Auth\n"
                    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        for line in (f"genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out {path}.key",
                     f"req -new -key {path}.key -subj /CN={name} -out {path}.csr",
                     f"x509 -req -in {path}.csr -CA {self.path(issuer)}.pem -CAkey {self.path(issuer)}.key -days 30 -sha256 "
                     f"-set_serial {x509.random_serial_number()} -extfile {path}.ext -out {path}.pem",
                     f"x509 -in {path}.pem -outform DER -out {path}.cer"):
            subprocess.run(["openssl", *line.split()], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)

    def sha256(self, name):
        with open(f"{self.path(name)}.cer", "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
