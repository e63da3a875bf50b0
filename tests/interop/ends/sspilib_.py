"""sspi-rs, through its Python binding sspilib.

It has no MakeSignature for NTLM, so messages are sealed only. Sealing is never without signing (its NEGOTIATE asks for both), keys
have 128 bits, names are Unicode, and there is version 2 only: a response of version 1 is SEC_E_INTERNAL_ERROR to its server. It
knows no LmCompatibilityLevel. Its Negotiate server (0.6.0) fails at the second leg with its
own client too (SEC_E_INTERNAL_ERROR), so that role is left out. It has no accounts: its server judges by its own credential's
password, whatever the user's name.
"""
from importlib import metadata

import sspilib
import sspilib.raw as raw

from logins import PeerRefused, message_at

ROLES = (("NTLM", "client"), ("NTLM", "server"), ("Negotiate", "server"))
MESSAGES = ("seal",)
DENIED = ("0x8009030C",)
LACKS = {("client", "unknown-user")}
NO_VERSION_1 = ("0x80090304",)
BAD_BINDINGS = ("0x80090346",)
FLAGS_AT = 60  # AUTHENTICATE's NegotiateFlags, [MS-NLMP] 2.2.1.3


class End:
    def __init__(self, context):
        self.context, self.negotiated = context, None

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except raw.WindowsError as e:
            raise PeerRefused(f"0x{e.winerror & 0xFFFFFFFF:08X} {e.strerror}") from e

    @property
    def complete(self):
        return self.context.complete

    def step(self, token=b""):
        mine = self._call(self.context.step, token or None) or b""
        for t in (token, mine):
            at = message_at(t, 3)
            if at >= 0:
                self.negotiated = int.from_bytes(t[at + FLAGS_AT:at + FLAGS_AT + 4], "little")
        return mine

    def key(self):
        return raw.query_context_attributes(self.context, raw.SecPkgContextSessionKey).session_key.hex()

    def who(self):
        return raw.query_context_attributes(self.context, raw.SecPkgContextNames).username

    def seal(self, text):
        return self._call(self.context.wrap, text)

    def unseal(self, sealed):
        return self._call(self.context.unwrap, sealed).data

    def flags(self):
        return self.negotiated

    def close(self):
        pass


def credential(package, account, usage):
    user, domain, password = account
    return sspilib.UserCredential(user, password, domain, protocol=package, usage=usage)


def request(wish, kinds, prefix):
    """As WISH says, in the flags of either side."""
    flags = kinds[f"{prefix}_REQ_CONNECTION"]
    if wish.sign:
        flags |= kinds[f"{prefix}_REQ_INTEGRITY"] | kinds[f"{prefix}_REQ_REPLAY_DETECT"] | kinds[f"{prefix}_REQ_SEQUENCE_DETECT"]
    if wish.seal:
        flags |= kinds[f"{prefix}_REQ_CONFIDENTIALITY"]
    return flags


def bindings(wish):
    return raw.SecChannelBindings(application_data=wish.bindings) if wish.bindings else None


def client(_interop, package, account, wish):
    return End(sspilib.ClientSecurityContext(credential(package, account, "initiate"), "HTTP/localhost",
                                             request(wish, raw.IscReq, "ISC"), channel_bindings=bindings(wish)))


def server(_interop, package, account, wish):
    return End(sspilib.ServerSecurityContext(credential(package, account, "accept"), request(wish, raw.AscReq, "ASC"),
                                             channel_bindings=bindings(wish)))


def takes_version_1(_kind):
    return False


def prepare(_interop):
    pass


def version():
    return f"sspilib {metadata.version('sspilib')}"
