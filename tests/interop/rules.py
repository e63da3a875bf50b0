"""What the specification says of one cell of the matrix. Written from it and not from our code: what tests/interop/matrix
compares both ends with.

Sources: [MS-NLMP] 3.1.1.1 and 3.2.1.1 (ClientRequire128bitEncryption, ServerRequire..., LMCompatibilityLevel through Appendix
A), 3.1.5.1.2, 3.2.5.1.2, 3.4; Windows' table of "Network security: LAN Manager authentication level"; for what a prefix
without values does, README.
"""
from dataclasses import dataclass

OURS, PEER = "ours", "peer"


@dataclass(frozen=True)
class Cell:
    """role and level are ours (level None: no value in the registry, which also leaves NtlmMin*Sec at their defaults; else
    they are 0). kind: the peer's LmCompatibilityLevel. bindings: none, right, wrong."""
    role: str
    level: int
    kind: int
    sign: bool
    seal: bool
    bits: int
    bindings: str
    oem: bool

    def client_level(self):
        """Of the end that sends responses: without a value version 2, as at 3."""
        level = self.level if self.role == "client" else self.kind
        return 3 if level is None else level

    def version_1(self):
        """Levels 0 to 2 send version 1."""
        return self.client_level() < 3

    def extended(self):
        """Level 0 never negotiates extended session security."""
        return self.client_level() != 0

    def protects(self):
        return self.sign or self.seal


@dataclass(frozen=True)
class Refusal:
    """By whom, what it says (one of these), why in a word and with the source."""
    by: str
    says: tuple
    short: str
    reason: str


MINIMUM = "NtlmMinClientSec/ServerSec without a value: 128 bits and extended session security; {} here"
LEVEL = "LmCompatibilityLevel {}: no NTLM version 1 ([MS-NLMP] Appendix A, Windows' table of levels)"
BINDINGS = "[MS-NLMP] 3.2.5.1.2: MsvAvChannelBindings is not that of the server's channel"
BINDINGS_V1 = "a server that was given bindings demands them; version 1 responses carry none ([MS-NLMP] 3.1.5.1.2)"
REQUIRED = ("SEC_E_UNSUPPORTED_FUNCTION", "SEC_E_INVALID_TOKEN")


def too_weak(cell):
    """Our minimum, which counts where there is no value and signing or sealing is wished."""
    if cell.level is not None or not cell.protects():
        return None
    if cell.bits < 128:
        return MINIMUM.format(f"{cell.bits} bits")
    return None if cell.extended() else MINIMUM.format("no extended session security")


def as_client(cell, peer):
    weak = too_weak(cell)
    if weak:
        return Refusal(OURS, REQUIRED, "minimum", weak)
    if cell.version_1() and not peer.takes_version_1(cell.kind):
        return Refusal(PEER, peer.NO_VERSION_1, "level", LEVEL.format("of the peer"))
    if cell.bindings == "wrong" and not cell.version_1():
        return Refusal(PEER, peer.BAD_BINDINGS, "bindings", BINDINGS)
    return None


def as_server(cell, _peer):
    weak = too_weak(cell)
    if weak:
        return Refusal(OURS, REQUIRED, "minimum", weak)
    if cell.version_1() and cell.level in (None, 5):
        return Refusal(OURS, ("SEC_E_LOGON_DENIED",), "level", LEVEL.format("5, or none,"))
    if cell.version_1() and cell.bindings != "none":
        return Refusal(OURS, ("SEC_E_BAD_BINDINGS",), "bindings", BINDINGS_V1)
    if cell.bindings == "wrong":
        return Refusal(OURS, ("SEC_E_BAD_BINDINGS",), "bindings", BINDINGS)
    return None


def expected(cell, peer):
    """None: the login has to succeed."""
    return as_client(cell, peer) if cell.role == "client" else as_server(cell, peer)
