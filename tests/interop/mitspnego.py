"""Do the two ends of this machine's MIT SPNEGO log in with each other over gss-ntlmssp's NTLM? Debian 13's (1.21.3) do not, with
nobody in between: neither sees the other's mechListMIC (docs/interop.md). What of our logins needs that is not tried there.
"""
import functools
import os
import sys
import tempfile
from unittest import mock

sys.path.append("/usr/lib/python3/dist-packages")  # behind a virtual environment's own
import gssapi

from harness import package_version

SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
NTLMSSP = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
USER, DOMAIN, PASSWORD = "alice", "INTEROP", "Correct-Horse-7"
LEGS_MAX = 10
Flag = gssapi.RequirementFlag


def ends():
    """Client and server, with NTLM as SPNEGO's one mechanism."""
    name = gssapi.Name(f"{DOMAIN}\\{USER}", gssapi.NameType.user)
    got = gssapi.raw.acquire_cred_with_password(name, PASSWORD.encode(), mechs=[SPNEGO], usage="initiate")
    client, server = gssapi.Credentials(got.creds), gssapi.Credentials(usage="accept", mechs=[SPNEGO, NTLMSSP])
    for credential in (client, server):
        gssapi.raw.set_neg_mechs(credential, [NTLMSSP])
    target = gssapi.Name("HTTP@localhost", gssapi.NameType.hostbased_service)
    return (gssapi.SecurityContext(name=target, creds=client, mech=SPNEGO, flags=Flag.integrity | Flag.confidentiality,
                                   usage="initiate"),
            gssapi.SecurityContext(creds=server, usage="accept"))


def agree(client, server):
    try:
        token = client.step()
        for _leg in range(LEGS_MAX):
            if not token:
                break
            token = server.step(token)
            token = client.step(token) if token else None
        return client.complete and server.complete
    except gssapi.exceptions.GSSError:
        return False


@functools.cache
def trouble():
    """In words, or None."""
    with tempfile.TemporaryDirectory() as folder:
        users, config = f"{folder}/users", f"{folder}/krb5.conf"
        for path, text in ((users, f"{DOMAIN}:{USER}:{PASSWORD}\n"),
                           (config, "[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n")):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        os.chmod(users, 0o600)
        with mock.patch.dict(os.environ, NTLM_USER_FILE=users, KRB5_CONFIG=config, KRB5CCNAME=f"FILE:{folder}/none"):
            if agree(*ends()):
                return None
    version = package_version("libgssapi-krb5-2")
    return f"the two ends of MIT Kerberos {version} refuse each other over NTLM in SPNEGO"
