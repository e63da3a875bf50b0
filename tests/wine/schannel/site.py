#!/usr/bin/python3 -B
"""The stand-in for test.winehq.org:443, which Wine's tests of Schannel read.  site.py VERSION  (of Wine's source: 8.0, 10.0)

Writes "PORT n", then serves until it is ended. What the site was when a version's test was written is in that test:

    8.0     TLS 1.0, ECDHE_RSA_WITH_AES_256_CBC_SHA without encrypt-then-mac, an RSA chain of three, hashed with SHA-256,
            no HTTP/2
    10.0    TLS 1.2, ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, a chain of two, hashed with SHA-384; HTTP/2 before 1.1

"GET /tests/clientcert/" is answered by renegotiation with a request for a certificate, which has
to be valid today. pyOpenSSL, because Python's own ssl cannot renegotiate. Nothing in it is switched off but what keeps
OpenSSL 3 from TLS 1.0, for 8.0.
"""
import datetime
import os
import socket
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
try:
    from OpenSSL import SSL, crypto
except ImportError:  # the peers' virtual environment has it (setup/requirements.txt)
    if os.environ.get("INTEROP_VENV"):
        raise
    venv = subprocess.run([f"{ROOT}/setup/peers.sh"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    os.environ["INTEROP_VENV"] = venv
    os.execv(f"{venv}/bin/python", [f"{venv}/bin/python", "-B", *sys.argv])
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NAME = "test.winehq.org"
NO_ENCRYPT_THEN_MAC = 1 << 19  # SSL_OP_NO_ENCRYPT_THEN_MAC of openssl/ssl.h
CERTIFICATE_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of openssl/x509_vfy.h
SECONDS = 30


def new_key(kind):
    return ec.generate_private_key(ec.SECP384R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)


def certify(subject, key, issuer, issuer_key, digest, is_ca):
    def name(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=9))
               .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True))
    if not is_ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    return builder.sign(issuer_key, digest)


def chain(kind, count, digest):
    """COUNT certificates, the site's first, and its key; the root above them is not among them."""
    names = [NAME] + [f"stand-in authority {n}" for n in range(count)]
    keys = [new_key(kind) for _ in names]
    made = [certify(names[n], keys[n], names[n + 1], keys[n + 1], digest, n > 0) for n in range(count)]
    return made, keys[0]


def certificate_verdict(_connection, _certificate, error, _depth, _ok):
    """The authority of a client's certificate does not matter (mod_ssl's optional_no_ca), its dates do."""
    return error != CERTIFICATE_EXPIRED


def context_for(version):
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    if version == "8.0":
        certificates, key = chain("rsa", 3, hashes.SHA256())
        wanted, ciphers, speaks = SSL.TLS1_VERSION, b"ECDHE-RSA-AES256-SHA:@SECLEVEL=0", (b"http/1.1",)
        context.set_options(NO_ENCRYPT_THEN_MAC)
    else:
        certificates, key = chain("ec", 2, hashes.SHA384())
        wanted, ciphers, speaks = SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES256-GCM-SHA384", (b"h2", b"http/1.1")
    context.set_min_proto_version(wanted)
    context.set_max_proto_version(wanted)
    context.set_cipher_list(ciphers)
    context.use_privatekey(crypto.PKey.from_cryptography_key(key))
    context.use_certificate(crypto.X509.from_cryptography(certificates[0]))
    for certificate in certificates[1:]:
        context.add_extra_chain_cert(crypto.X509.from_cryptography(certificate))
    context.set_alpn_select_callback(lambda _connection, offered: next(
        (p for p in speaks if p in offered), SSL.NO_OVERLAPPING_PROTOCOLS))
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return context


def visit(connection):
    connection.do_handshake()
    print("handshake", connection.get_protocol_version_name(), connection.get_cipher_name(), flush=True)
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    if request.startswith(b"GET /tests/clientcert/ "):
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, certificate_verdict)
        connection.renegotiate()
        connection.do_handshake()  # says HelloRequest
        while connection.renegotiate_pending():
            connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    connection.shutdown()


def part(client):
    """Reads what there is before it closes: what is left unread would take an alert along that is still on its way."""
    try:
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    except OSError:  # gone already, or silent for SECONDS
        pass
    client.close()


def serve_one(context, client):
    client.settimeout(None)  # pyOpenSSL wants a blocking socket; its own time-out ends a peer that says nothing
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, SECONDS.to_bytes(8, "little") + bytes(8))
    connection = SSL.Connection(context, client)
    connection.set_accept_state()
    try:
        visit(connection)
    except SSL.Error as e:
        print("ended:", repr(e), flush=True)
    part(client)


def main():
    context = context_for(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    print("PORT", listener.getsockname()[1], flush=True)

    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve_one, args=(context, client), daemon=True).start()


main()
