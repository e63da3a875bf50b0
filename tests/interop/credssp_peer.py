"""pyspnego's CredSSP as the other end of a Remote: TLS contexts, the legs of both roles, messages, and somebody in the
middle. A script calls use_peers() first."""
import ssl

import spnego.tls
from spnego.exceptions import SpnegoError

from harness import check, check_equal, flip, refused
from remote import Refused

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def tls_context(usage, version, certificate=None, folder=None):
    """pyspnego's default context, one TLS version only; of a server with CERTIFICATE = (pem, key, public key)."""
    context = spnego.tls.default_tls_context(usage=usage)
    context.context.minimum_version = context.context.maximum_version = VERSIONS[version]
    if certificate:
        path = f"{folder}/peer.pem"
        with open(path, "wb") as f:
            f.write(certificate[0] + certificate[1])
        context.context.load_cert_chain(path)
        context.public_key = certificate[2]
    return context


def certificate_der(certificate):
    return ssl.PEM_cert_to_DER_cert(certificate[0].decode())


def shake_client(ours, peer, spoil=lambda leg, token: token):
    """Our client, pyspnego's server."""
    token, leg = ours.step(), 0
    while token or not ours.complete:
        check(leg < 20, "more than 20 legs")
        answer = peer.step(spoil(leg, token))
        if ours.complete:
            break
        token = ours.step(answer or b"")
        leg += 1


def shake_server(peer, ours, spoil=lambda leg, token: token):
    """pyspnego's client, our server."""
    token, leg = peer.step(), 0
    while token:
        check(leg < 20, "more than 20 legs")
        answer = ours.step(spoil(leg, token))
        if peer.complete and not answer:
            break
        # In TLS 1.3 a server may have nothing to say to the client's Finished; pyspnego goes on with an empty token
        token = peer.step(answer)
        leg += 1


def exchange(ours, peer):
    for n in range(3):
        text = f"message {n} ".encode() * (n * 60 + 1)
        check_equal(peer.unwrap(ours.seal(text)).data, text, "what the peer read")
        check_equal(ours.unseal(peer.wrap(text).data), text, "what we read")


def altered(ours, peer):
    """Both are made first: whoever saw a spoilt record has ended the connection."""
    text = b"a message that somebody changes"
    from_us, from_peer = ours.seal(text), peer.wrap(text).data
    refused(peer.unwrap, flip(from_us, -20), by=SpnegoError)
    broken = refused(ours.unseal, flip(from_peer, -20), by=Refused)
    check(broken.status in ("SEC_E_MESSAGE_ALTERED", "SEC_E_DECRYPT_FAILURE"), broken.status)


def delegated(peer):
    """What the peer was given to log on with."""
    given = peer.get_extra_info("client_credential")
    return given.username, given.domain_name, given.password


class Middle:
    """Somebody in the middle who ends TLS on both sides and hands on what is inside: two TLS connections, other keys."""

    def __init__(self, to_client, to_server):
        self.to_client, self.to_server = to_client, to_server  # ssl contexts: server side, client side
        self.client_in, self.client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.server_in, self.server_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = to_client.wrap_bio(self.client_in, self.client_out, server_side=True)
        self.server = to_server.wrap_bio(self.server_in, self.server_out)

    @staticmethod
    def shake(tls, into, out, token, peer):
        """Ends the handshake with one side; TOKEN came from it, PEER(token) answers. What is left over."""
        while True:
            into.write(token)
            try:
                tls.do_handshake()
                return out.read()
            except ssl.SSLWantReadError:
                token = peer(out.read())

    @staticmethod
    def read(tls):
        data = b""
        try:
            while True:
                data += tls.read(65536)
        except ssl.SSLWantReadError:
            return data


def relay(middle, client_step, server_step, interop):
    """Hands TSRequests through until somebody refuses. Returns the refusal."""
    try:
        token = client_step()
        owed = middle.shake(middle.client, middle.client_in, middle.client_out, token, client_step)
        token = client_step(owed) if owed else b""
        if not token:
            token = client_step(b"")
    except (SpnegoError, Refused) as e:
        raise AssertionError(f"refused before there was a reason to: {e}") from e
    try:
        middle.server.do_handshake()
    except ssl.SSLWantReadError:
        pass
    left = middle.shake(middle.server, middle.server_in, middle.server_out,
                        server_step(middle.server_out.read()), server_step)
    try:
        for _leg in range(10):
            middle.client_in.write(token)
            inside = middle.read(middle.client)
            print(f"  through the middle, up: {len(inside)} bytes", file=interop.log)
            middle.server.write(inside)
            answer, left = server_step(left + middle.server_out.read()), b""
            middle.server_in.write(answer)
            middle.client.write(middle.read(middle.server))
            token = client_step(middle.client_out.read())
    except (SpnegoError, Refused) as e:
        return e
    raise AssertionError("nobody refused")
