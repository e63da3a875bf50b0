"""What every peer of NTLM goes through: accounts, a handshake, one spoilt bit, and the cases made of them.

A peer is a module of ends/ with client(package, account, wish) and server(package, account, wish): each gives one end
with step(token), complete, key() (hex, or None) and, as far as it has them, seal, unseal, sign, verify (signature first) and, of a
server, who(). What an end says when it refuses comes as PeerRefused. ends/__init__.py says what the modules declare.
"""
import importlib
from dataclasses import dataclass

from harness import Skip, check, check_equal, flip, refused
from remote import ATTR_NAMES, ATTR_SESSION_KEY, Refused, Remote

# user, domain, password: plain, and what upper-casing and UTF-16 can get wrong
PLAIN = ("alice", "INTEROP", "Correct-Horse-7")
SPECIAL = ("Jürgen_Ωé", "BÜRO", "Пароль-ß-日本-𝄞")
# of at most 14 ASCII characters, so that there is an LM hash
SHORT = ("bob", "INTEROP", "Short-Horse-7")
ACCOUNTS = (PLAIN, SPECIAL, SHORT)
UNKNOWN = ("nobody", "INTEROP", "Correct-Horse-7")
WRONG = PLAIN[:2] + ("Wrong-Horse-7",)
PROOF_OFFSET, MIC_OFFSET = 24, 72  # of AUTHENTICATE: NtChallengeResponse's offset field, the MIC; [MS-NLMP] 2.2.1.3


class PeerRefused(Exception):
    """The peer's refusal, in its own words."""


@dataclass(frozen=True)
class Wish:
    """How a peer's end is steered; an end may know only some of it. level: LmCompatibilityLevel, None: its own default.
    bits: of the longest key it knows."""
    sign: bool = True
    seal: bool = True
    bits: int = 128
    level: int = None
    oem: bool = False
    bindings: bytes = None


def load(name):
    """The peer's module."""
    return importlib.import_module(f"ends.{name}")


def our_client(interop, package, account, **more):
    user, domain, password = account
    return Remote(interop, "client", package, user=user, domain=domain, password=password, target="HTTP/localhost",
                  **more)


def our_server(interop, package, **more):
    return Remote(interop, "server", package, **more)


def untouched(token):
    return token


def shake(client, server, spoil=untouched, spoil_answer=untouched):
    """Tokens to and fro until both are satisfied. SPOIL sees what the client sends, SPOIL_ANSWER what it gets."""
    token = client.step()
    while token:
        token = server.step(spoil(token))
        if client.complete and not token:
            break
        token = client.step(spoil_answer(token)) if token else b""
    check(client.complete, "the client is not done")
    check(server.complete, "the server is not done")


def message_at(token, kind):
    """Where in TOKEN the NTLM message of that kind begins, whatever SPNEGO put around it; -1: nowhere."""
    return token.find(b"NTLMSSP\0" + bytes((kind, 0, 0, 0)))


def spoilt_proof(token):
    """One bit of AUTHENTICATE's NTProofStr."""
    at = message_at(token, 3)
    if at < 0:
        return token
    place = int.from_bytes(token[at + PROOF_OFFSET:at + PROOF_OFFSET + 4], "little")
    return flip(token, 8 * (at + place) + 3)


def spoilt_mic(token):
    at = message_at(token, 3)
    return token if at < 0 else flip(token, 8 * (at + MIC_OFFSET) + 3)


def cut_challenge(token):
    """CHALLENGE ends before its server challenge is whole. Raw NTLM only: SPNEGO's lengths would find it first."""
    return token[:28] if message_at(token, 2) == 0 else token


def exchange(ours, peer, messages):
    """Protected messages both ways, several so that sequence numbers move."""
    for n in range(3):
        text = f"message {n} of ours ".encode() * (n * 40 + 1)
        if "seal" in messages:
            check_equal(peer.unseal(ours.seal(text)), text, "what the peer unsealed")
            sealed = peer.seal(text)
            check(text not in sealed, "the peer's message is plain")
            check_equal(ours.unseal(sealed), text, "what we unsealed")
        if "sign" in messages:
            peer.verify(text, ours.sign(text))
            ours.verify(text, peer.sign(text))


def spoilt_messages(ours, peer):
    text = b"a message that somebody changes"
    refused(peer.unseal, flip(ours.seal(text), -3), by=PeerRefused)
    broken = refused(ours.unseal, flip(peer.seal(text), -3), by=Refused)
    check_equal(broken.status, "SEC_E_MESSAGE_ALTERED", "a bit of the text spoilt")


def spoilt_signatures(ours, peer):
    text = b"a message whose signature somebody changes"
    refused(peer.verify, text, flip(ours.sign(text), 35), by=PeerRefused)
    broken = refused(ours.verify, text, flip(peer.sign(text), 35), by=Refused)
    check_equal(broken.status, "SEC_E_MESSAGE_ALTERED", "a bit of the signature spoilt")


SPOILT = {"seal": spoilt_messages, "sign": spoilt_signatures}


class Cases:
    """The cases of one peer, package and role; role is ours."""

    def __init__(self, interop, peer, package, role):
        self.interop, self.peer, self.package, self.role = interop, peer, package, role

    def ends(self, account, held=None):
        """Ours, the peer's, and both as (client, server). HELD: the account as the server has it, if another."""
        if self.role == "client":
            ours = our_client(self.interop, self.package, account)
            peer = self.peer.server(self.interop, self.package, held or account, Wish())
            return ours, peer, (ours, peer)
        peer = self.peer.client(self.interop, self.package, account, Wish())
        ours = our_server(self.interop, self.package)
        return ours, peer, (peer, ours)

    def peer_can(self):
        """A peer whose two ends refuse each other, with nobody in between, says nothing about us."""
        trouble = self.peer.trouble(self.package, self.role) if hasattr(self.peer, "trouble") else None
        if trouble:
            raise Skip(trouble)

    def login(self, account):
        self.peer_can()
        ours, peer, order = self.ends(account)
        shake(*order)
        who = peer.who() if self.role == "client" else ours.query(ATTR_NAMES)
        check_equal(who.upper(), f"{account[1]}\\{account[0]}".upper(), "who the server says it was")
        if peer.key() is None:
            check("seal" in self.peer.MESSAGES, "neither a key nor messages to compare")
        else:
            check_equal(ours.query(ATTR_SESSION_KEY), peer.key(), "session key")
        exchange(ours, peer, self.peer.MESSAGES)
        peer.close()
        check_equal(ours.close(), 0, "sspipeer's exit code")

    def altered(self):
        self.peer_can()
        for kind in self.peer.MESSAGES:
            ours, peer, order = self.ends(PLAIN)
            shake(*order)
            SPOILT[kind](ours, peer)
            peer.close()
            ours.close()

    def deny(self, account, spoil=untouched):
        """The server refuses, in its own words if it is the peer."""
        ours, peer, order = self.ends(account, PLAIN)
        if self.role == "client":
            broken = refused(shake, *order, spoil, by=PeerRefused)
            check(any(t in str(broken) for t in self.peer.DENIED), f"the peer's words: {broken}")
            check(not peer.complete, "the peer takes the login for good")
        else:
            broken = refused(shake, *order, spoil, by=Refused)
            check(broken.status in ("SEC_E_LOGON_DENIED",) + (("SEC_E_MESSAGE_ALTERED",) if spoil == spoilt_mic else ()),
                  broken.status)
        peer.close()
        ours.close()

    def cut(self):
        """The peer's client refuses a message of ours that was cut."""
        ours, peer, order = self.ends(PLAIN)
        refused(shake, *order, untouched, cut_challenge, by=PeerRefused)
        peer.close()
        ours.close()

    def run(self):
        name = f"{self.package}-{self.role}"
        self.interop.case(f"{name}-login", self.login, PLAIN)
        if (self.role, "non-ascii") not in self.peer.LACKS:
            self.interop.case(f"{name}-login-non-ascii", self.login, SPECIAL)
        if self.peer.MESSAGES:
            self.interop.case(f"{name}-altered-messages", self.altered)
        self.interop.case(f"{name}-wrong-password", self.deny, WRONG)
        if (self.role, "unknown-user") not in self.peer.LACKS:
            self.interop.case(f"{name}-unknown-user", self.deny, UNKNOWN)
        self.interop.case(f"{name}-spoilt-proof", self.deny, PLAIN, spoilt_proof)
        if (self.role, "mic") not in self.peer.LACKS:
            self.interop.case(f"{name}-spoilt-mic", self.deny, PLAIN, spoilt_mic)
        if self.role == "server" and self.package == "NTLM":
            self.interop.case(f"{name}-cut-challenge", self.cut)


def add_accounts(interop):
    for user, domain, password in ACCOUNTS:
        interop.add_account(user, password, domain)


def run_all(interop, peer):
    """The cases of every package and role that the peer has."""
    add_accounts(interop)
    peer.prepare(interop)
    for package, role in peer.ROLES:
        Cases(interop, peer, package, role).run()
