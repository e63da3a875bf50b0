"""libwinpr's own SSPI, one process a login (native/winprpeer.c). Its server reads the accounts of a SAM file, but
2.11 finds no user outside ASCII in one ("Could not find user in SAM database", for its own client too): that one's NT hash is
given to it instead.

2.11 has no MakeSignature; whether this library has one is asked of a login between two ends of its own (prepare). An
unknown user is SEC_E_INTERNAL_ERROR there, SEC_E_NO_CREDENTIALS in 3.15. It has no session key to ask for; messages in both
directions show that it is the same.
"""
import subprocess

import harness
from harness import ROOT
from logins import ACCOUNTS, PLAIN, PeerRefused, Wish, shake
from remote import ATTR_NAMES, Refused, Remote

ROLES = (("NTLM", "client"), ("NTLM", "server"))
MESSAGES = ["seal"]
DENIED = ("SEC_E_LOGON_DENIED", "SEC_E_MESSAGE_ALTERED", "SEC_E_INTERNAL_ERROR", "SEC_E_NO_CREDENTIALS")
LACKS = set()
NO_VERSION_1 = ("SEC_E_INVALID_TOKEN",)
BAD_BINDINGS = ()
CLIENT_INTEGRITY, SERVER_INTEGRITY = 0x10000, 0x20000
built = {}


class End:
    def __init__(self, remote):
        self.remote = remote

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except Refused as e:
            raise PeerRefused(f"libwinpr's {e}") from e

    @property
    def complete(self):
        return self.remote.complete

    def step(self, token=b""):
        return self._call(self.remote.step, token)

    def key(self):
        return None

    def who(self):
        return self.remote.query(ATTR_NAMES)

    def seal(self, text):
        return self._call(self.remote.seal, text)

    def unseal(self, sealed):
        if not self.complete:
            raise PeerRefused("not asked: libwinpr 2.11 ends with a segmentation fault on a context that is not complete")
        return self._call(self.remote.unseal, sealed)

    def sign(self, text):
        return self._call(self.remote.sign, text)

    def verify(self, text, signature):
        self._call(self.remote.verify, text, signature)

    def flags(self):
        return None

    def close(self):
        self.remote.close()


def request(wish, integrity):
    return (0x0C | integrity if wish.sign else 0) | (0x10 if wish.seal else 0)


def start(interop, role, wish, integrity, **options):
    if wish.bindings:
        options["bindings"] = wish.bindings.decode()
    return End(Remote(interop, role, "NTLM", program=built["program"], request=request(wish, integrity), **options))


def client(interop, _package, account, wish):
    user, domain, password = account
    return start(interop, "client", wish, CLIENT_INTEGRITY, user=user, domain=domain, password=password,
                 target="HTTP/localhost")


def server(interop, _package, account, wish):
    if not account[0].isascii():
        return start(interop, "server", wish, SERVER_INTEGRITY, hash=nt_hash(account[2]))
    return start(interop, "server", wish, SERVER_INTEGRITY, sam=built["sam"])


def library():
    return next(n for n in ("winpr3", "winpr2") if not subprocess.run(["pkg-config", "--exists", n]).returncode)


def nt_hash(password):
    from spnego._ntlm_raw.crypto import ntowfv1
    return ntowfv1(password).hex()


def prepare(interop):
    built["program"], built["sam"] = f"{interop.out}/winprpeer", f"{interop.out}/sam"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", library()], check=True, stdout=subprocess.PIPE, text=True)
    subprocess.run(["gcc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", f"{ROOT}/tests/interop/native/winprpeer.c",
                    "-o", built["program"], *flags.stdout.split()], check=True, stdout=interop.log, stderr=interop.log)
    with open(built["sam"], "w", encoding="utf-8") as f:
        f.writelines(f"{u}:{d}::{nt_hash(p)}:::\n" for u, d, p in ACCOUNTS)
    if "sign" not in MESSAGES and has_signatures(interop):
        MESSAGES.append("sign")


def has_signatures(interop):
    one, other = client(interop, "NTLM", PLAIN, Wish()), server(interop, "NTLM", PLAIN, Wish())
    shake(one, other)
    try:
        other.verify(b"text", one.sign(b"text"))
        return True
    except PeerRefused as e:
        if "SEC_E_UNSUPPORTED_FUNCTION" not in str(e):
            raise
        return False
    finally:
        one.close()
        other.close()


def version():
    lacks = "" if "sign" in MESSAGES else " without MakeSignature"
    return f"lib{library()} {harness.version_of('pkg-config', '--modversion', library())}{lacks}"


def takes_version_1(_kind):
    """The server at that level."""
    return False
