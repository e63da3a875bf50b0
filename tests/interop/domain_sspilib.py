"""sspi-rs with Kerberos, through its Python binding sspilib, as a client of ours: its tickets are from Samba's KDC, Heimdal's. MIT's
it does not take (interop `sspilib`)."""
import os

import sspilib
import sspilib.raw as raw

import domain
from ends import sspilib_ as peer
from harness import check, check_equal, flip, refused
from logins import PeerRefused, shake
from remote import ATTR_NEGOTIATION_INFO, Refused, Remote

SERVICE = "HTTP/web.ad.test"
TEXTS = (b"x", b"a message that is sealed" * 3, bytes(range(256)) * 40)


KINDS = ("INTEGRITY", "REPLAY_DETECT", "SEQUENCE_DETECT", "CONFIDENTIALITY")


def their_client(user, package, password=None, kinds=("MUTUAL_AUTH", *KINDS)):
    os.environ["SSPI_KDC_URL"] = "tcp://127.0.0.1:88"
    flags = 0
    for kind in kinds:
        flags |= raw.IscReq[f"ISC_REQ_{kind}"]
    credential = sspilib.UserCredential(user, password or domain.USERS[user][0], domain.REALM, protocol=package)
    return peer.End(sspilib.ClientSecurityContext(credential, SERVICE, flags))


def our_server(interop, d, package, keytab="service.keytab"):
    os.environ.update(d.variables())
    os.environ["KRB5_KTNAME"] = f"FILE:{d.folder}/{keytab}"
    return Remote(interop, "server", package)


def both(interop, d, package):
    ours, theirs = our_server(interop, d, package), their_client("alice", package)
    shake(theirs, ours)
    return ours, theirs


def login(interop, d, package):
    ours, theirs = both(interop, d, package)
    check_equal(ours.query(ATTR_NEGOTIATION_INFO), "Kerberos", "the package")
    for text in TEXTS:
        check_equal(ours.unseal(theirs.seal(text)), text, "theirs, sealed")
        sealed = ours.seal(text)
        check(len(text) == 1 or text not in sealed, "ours is plain")
        check_equal(theirs.unseal(sealed), text, "ours, sealed")
    ours.close()


def spoilt(interop, d, package):
    """One bit of either's message: who reads it refuses."""
    ours, theirs = both(interop, d, package)
    refused(ours.unseal, flip(theirs.seal(TEXTS[1]), -3), by=Refused)
    refused(theirs.unseal, flip(ours.seal(TEXTS[1]), -3), by=PeerRefused)
    ours.close()


def foreign_keytab(interop, d, package):
    """Another service's keys: our server opens no ticket with them, and lets nobody in."""
    ours = our_server(interop, d, package, "foreign.keytab")
    refused(shake, their_client("alice", package), ours, by=Refused)
    check(not ours.complete, "our server is done")
    ours.close()


def token_changed(interop, d, package, upward):
    """One bit of the client's AP-REQ, which we refuse; of the server's AP-REP, which the peer does."""
    ours, theirs = our_server(interop, d, package), their_client("alice", package)

    def spoil(token):
        return flip(token, 8 * (len(token) * 2 // 3)) if len(token) > 100 else token

    if upward:
        refused(shake, theirs, ours, spoil, by=Refused)
    else:
        refused(shake, theirs, ours, lambda token: token, spoil, by=PeerRefused)
        check(not theirs.complete, "the peer is done")
    ours.close()


def wrong_password():
    """The KDC's refusal, in the peer's word: SEC_E_KDC_INVALID_REQUEST."""
    broken = refused(their_client("alice", "Kerberos", "Wrong-Horse-7").step, by=PeerRefused)
    check("0x80090340" in str(broken), str(broken))


def other_letters():
    """A user's name that is not ASCII it cannot ask with, SEC_E_INTERNAL_ERROR; MIT's kinit can (kinit-Jürgen_Ωé)."""
    broken = refused(their_client("Jürgen_Ωé", "Kerberos").step, by=PeerRefused)
    check("0x80090304" in str(broken), str(broken))


def no_signatures(interop, d):
    """It has none for Kerberos: SEC_E_UNSUPPORTED_FUNCTION."""
    ours, theirs = both(interop, d, "Kerberos")
    for function, arguments in ((theirs.context.sign, (b"x",)), (theirs.context.verify, (b"x", ours.sign(b"x")))):
        broken = refused(function, *arguments, by=raw.WindowsError)
        check_equal(broken.winerror & 0xFFFFFFFF, 0x80090302, str(broken))
    ours.close()


def one_way(interop, d):
    """Without mutual authentication our server is done with its one token, and it is not, nor has it messages then."""
    ours, theirs = our_server(interop, d, "Kerberos"), their_client("alice", "Kerberos", kinds=KINDS)
    check_equal(ours.step(theirs.step()), b"", "an AP-REP")
    check(ours.complete and not theirs.complete, "it is done")
    refused(theirs.seal, TEXTS[1], by=PeerRefused)
    ours.close()


def not_rotated(interop, d):
    """RFC 4121 4.2.5 lets a receiver take any RRC. It takes Windows' and ours (28), and not 0, MIT's: SEC_E_MESSAGE_ALTERED."""
    ours, theirs = both(interop, d, "Kerberos")
    sealed = ours.seal(TEXTS[1])
    check_equal(sealed[6:8], b"\0\x1c", "our RRC")
    body = sealed[16:]
    broken = refused(theirs.unseal, sealed[:6] + b"\0\0" + sealed[8:16] + body[28:] + body[:28], by=PeerRefused)
    check("0x8009030F" in str(broken), str(broken))
    ours.close()


def cases(interop, d):
    for package in ("Kerberos", "Negotiate"):
        name = f"sspilib-{package.lower()}"
        interop.case(f"{name}-login", login, interop, d, package)
        interop.case(f"{name}-spoilt", spoilt, interop, d, package)
        interop.case(f"{name}-foreign-keytab", foreign_keytab, interop, d, package)
        for upward in (True, False):
            interop.case(f"{name}-token-changed-{'up' if upward else 'down'}", token_changed, interop, d, package, upward)
    interop.case("sspilib-kerberos-wrong-password", wrong_password)
    interop.case("sspilib-kerberos-other-letters", other_letters)
    interop.case("sspilib-kerberos-no-signatures", no_signatures, interop, d)
    interop.case("sspilib-kerberos-one-way", one_way, interop, d)
    interop.case("sspilib-kerberos-not-rotated", not_rotated, interop, d)
