"""gss-ntlmssp behind MIT Kerberos' libgssapi, through Debian's python3-gssapi. Its server reads the accounts of
NTLM_USER_FILE, its level is LM_COMPAT_LEVEL.

Negotiate is MIT's own SPNEGO with gss-ntlmssp as its one mechanism; Kerberos finds nothing here. Its wrap token is the signature, then the sealed text: what EncryptMessage makes. Without TLS there is no channel but the
one that is given here.
"""
import os
import sys

sys.path.append("/usr/lib/python3/dist-packages")  # behind the virtual environment's own
import gssapi

import mitspnego
from harness import package_version
from logins import ACCOUNTS, PeerRefused

ROLES = (("NTLM", "client"), ("NTLM", "server"), ("Negotiate", "client"), ("Negotiate", "server"))
MESSAGES = ("seal", "sign")
DENIED = ("Minor (22): Invalid argument", "Minor (13): Permission denied")
LACKS = set()
NO_VERSION_1 = ("NTLM version 1 not allowed",)
BAD_BINDINGS = ("Permission denied",)
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
NTLMSSP = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
USER_NAME = gssapi.NameType.user
Flag = gssapi.RequirementFlag


class End:
    def __init__(self, context):
        self.context = context

    def _call(self, function, *arguments):
        try:
            return function(*arguments)
        except gssapi.exceptions.GSSError as e:
            raise PeerRefused(f"{type(e).__name__}: {e}") from e

    @property
    def complete(self):
        try:
            return self.context.complete
        except gssapi.exceptions.GSSError:
            return False

    def step(self, token=b""):
        return self._call(self.context.step, token or None) or b""

    def key(self):
        """GSS_C_INQ_SSPI_SESSION_KEY, [MS-KILE]'s name for it."""
        return gssapi.raw.inquire_sec_context_by_oid(self.context, SESSION_KEY)[0].hex()

    def who(self):
        return str(self.context.initiator_name).rstrip("\0")  # gss-ntlmssp counts the NUL in

    def seal(self, text):
        return self._call(self.context.wrap, text, True).message

    def unseal(self, sealed):
        return self._call(self.context.unwrap, sealed).message

    def sign(self, text):
        return self._call(self.context.get_signature, text)

    def verify(self, text, signature):
        self._call(self.context.verify_signature, text, signature)

    def flags(self):
        return None

    def close(self):
        pass


SESSION_KEY = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2.5.5")


def level(wish):
    os.environ.pop("LM_COMPAT_LEVEL", None)
    if wish.level is not None:
        os.environ["LM_COMPAT_LEVEL"] = str(wish.level)


def flags(wish):
    asked = Flag.mutual_authentication  # which NTLM ignores; nothing would mean python-gssapi's own defaults
    if wish.sign:
        asked |= Flag.integrity | Flag.replay_detection | Flag.out_of_sequence_detection
    if wish.seal:
        asked |= Flag.confidentiality
    return asked


def bindings(wish):
    return gssapi.raw.ChannelBindings(application_data=wish.bindings) if wish.bindings else None


def mechanism(package):
    return SPNEGO if package == "Negotiate" else NTLMSSP


def only_ntlm(package, credential):
    if package == "Negotiate":
        gssapi.raw.set_neg_mechs(credential, [NTLMSSP])
    return credential


def client(_interop, package, account, wish):
    user, domain, password = account
    level(wish)
    mech, name = mechanism(package), gssapi.Name(f"{domain}\\{user}", USER_NAME)
    got = gssapi.raw.acquire_cred_with_password(name, password.encode(), mechs=[mech], usage="initiate")
    credential = only_ntlm(package, gssapi.Credentials(got.creds))
    target = gssapi.Name("HTTP@localhost", gssapi.NameType.hostbased_service)
    return End(gssapi.SecurityContext(name=target, creds=credential, mech=mech, flags=flags(wish), usage="initiate",
                                      channel_bindings=bindings(wish)))


def server(_interop, package, _account, wish):
    level(wish)
    # NTLM without SPNEGO around it too, as mod_auth_gssapi takes it: so our Negotiate speaks, with nothing else to offer
    credential = only_ntlm(package, gssapi.Credentials(usage="accept", mechs=list({mechanism(package), NTLMSSP})))
    return End(gssapi.SecurityContext(creds=credential, usage="accept", channel_bindings=bindings(wish)))


def prepare(interop):
    path = f"{interop.out}/ntlm-users"
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(f"{domain}:{user}:{password}\n" for user, domain, password in ACCOUNTS)
    os.chmod(path, 0o600)
    empty = f"{interop.out}/krb5.conf"
    with open(empty, "w", encoding="utf-8") as f:
        f.write("[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n")
    os.environ.update(NTLM_USER_FILE=path, KRB5_CONFIG=empty, KRB5CCNAME=f"FILE:{interop.out}/no-ccache")


def trouble(package, role):
    """Its client speaks SPNEGO with our servers; our client has raw NTLM for its server."""
    return mitspnego.trouble() if (package, role) == ("Negotiate", "server") else None


def version():
    return f"gss-ntlmssp {package_version('gss-ntlmssp')}"


def takes_version_1(kind):
    """The server at that level."""
    return kind < 3
