"""pyspnego's own NTLM. Its server reads the accounts of NTLM_USER_FILE, its level is LM_COMPAT_LEVEL. Two flags of its
client have no option and are taken from what it is about to ask for: the key sizes, and Unicode (it then asks for OEM).
"""
import os
from importlib import metadata

import spnego
from spnego._ntlm_raw.messages import NegotiateFlags
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from logins import ACCOUNTS, PeerRefused

ROLES = (("NTLM", "client"), ("NTLM", "server"), ("Negotiate", "client"), ("Negotiate", "server"))
MESSAGES = ("seal", "sign")
DENIED = ("Invalid NTLM response", "Invalid MIC", "Failed to find any matching credential")
LACKS = set()
NO_VERSION_1 = ("reject NTv1",)
BAD_BINDINGS = ("BadBindingsError",)
PROTOCOLS = {"NTLM": ("ntlm", spnego.NegotiateOptions.use_ntlm),
             "Negotiate": ("negotiate", spnego.NegotiateOptions.use_negotiate)}
DEFAULT = spnego.ContextReq.default


class End:
    def __init__(self, context):
        self.context = context

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except (SpnegoError, ValueError) as e:  # its decoders raise the latter
            raise PeerRefused(f"{type(e).__name__}: {e}") from e

    @property
    def complete(self):
        return self.context.complete

    def step(self, token=b""):
        return self._call(self.context.step, token or None) or b""

    def key(self):
        return self.context.session_key.hex()

    def who(self):
        return self.context.client_principal

    def seal(self, text):
        return self._call(self.context.wrap, text).data

    def unseal(self, sealed):
        return self._call(self.context.unwrap, sealed).data

    def sign(self, text):
        return self._call(self.context.sign, text)

    def verify(self, text, signature):
        self._call(self.context.verify, text, signature)

    def flags(self):
        """What was negotiated, [MS-NLMP] 2.2.2.5."""
        return int(self.context._context_attr)

    def close(self):
        pass


def request(wish):
    """As DEFAULT, but for what WISH leaves out."""
    if wish.sign and wish.seal:
        return DEFAULT
    asked = spnego.ContextReq.none
    if wish.sign:
        asked |= spnego.ContextReq.integrity
    if wish.seal:
        asked |= spnego.ContextReq.confidentiality
    return asked


def options(package, wish):
    protocol, which = PROTOCOLS[package]
    os.environ.pop("LM_COMPAT_LEVEL", None)
    if wish.level is not None:
        os.environ["LM_COMPAT_LEVEL"] = str(wish.level)
    return {"hostname": "localhost", "service": "HTTP", "protocol": protocol, "options": which,
            "context_req": request(wish),
            "channel_bindings": GssChannelBindings(application_data=wish.bindings) if wish.bindings else None}


def client(_interop, package, account, wish):
    user, domain, password = account
    context = spnego.client(f"{domain}\\{user}", password, **options(package, wish))
    lost = (0 if wish.bits >= 128 else NegotiateFlags.key_128) | (0 if wish.bits >= 56 else NegotiateFlags.key_56)
    lost |= NegotiateFlags.unicode if wish.oem else 0
    if lost:
        context._context_req &= ~lost
    return End(context)


def server(_interop, package, _account, wish):
    return End(spnego.server(**options(package, wish)))


def prepare(interop):
    path = f"{interop.out}/ntlm-users"
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(f"{domain}:{user}:{password}\n" for user, domain, password in ACCOUNTS)
    os.environ["NTLM_USER_FILE"] = path


def version():
    return f"pyspnego {metadata.version('pyspnego')}"


def takes_version_1(kind):
    """The server at that level."""
    return kind < 5
