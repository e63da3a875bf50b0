"""sspi-rs, through its Python binding sspilib.

It has no MakeSignature for NTLM, so messages are sealed only. Its Negotiate server (0.6.0) fails at the second leg with its
own client too (SEC_E_INTERNAL_ERROR), so that role is left out. It has no accounts: its server judges by its own credential's
password, whatever the user's name.
"""
from importlib import metadata

import sspilib
import sspilib.raw as raw

from logins import PeerRefused

ROLES = (("NTLM", "client"), ("NTLM", "server"), ("Negotiate", "server"))
MESSAGES = ("seal",)
DENIED = ("0x8009030C",)
LACKS = {("client", "unknown-user")}


class End:
    def __init__(self, context):
        self.context = context

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except raw.WindowsError as e:
            raise PeerRefused(f"0x{e.winerror & 0xFFFFFFFF:08X} {e.strerror}") from e

    @property
    def complete(self):
        return self.context.complete

    def step(self, token=b""):
        return self._call(self.context.step, token or None) or b""

    def key(self):
        return raw.query_context_attributes(self.context, raw.SecPkgContextSessionKey).session_key.hex()

    def who(self):
        return raw.query_context_attributes(self.context, raw.SecPkgContextNames).username

    def seal(self, text):
        return self._call(self.context.wrap, text)

    def unseal(self, sealed):
        return self._call(self.context.unwrap, sealed).data

    def flags(self):
        return None

    def close(self):
        pass


def credential(package, account, usage):
    user, domain, password = account
    return sspilib.UserCredential(user, password, domain, protocol=package, usage=usage)


def client(_interop, package, account, _wish):
    return End(sspilib.ClientSecurityContext(credential(package, account, "initiate"), "HTTP/localhost"))


def server(_interop, package, account, _wish):
    return End(sspilib.ServerSecurityContext(credential(package, account, "accept")))


def prepare(_interop):
    pass


def version():
    return f"sspilib {metadata.version('sspilib')}"
