"""impacket. Client: impacket.ntlm as impacket's SMB and LDAP clients call it; it sends no MIC. Server: what impacket's SMB
server does with the messages: its structures, its computeNTLMv2 as the judge, which looks at NTProofStr and not at the MIC;
version 1 and LM, which that server lacks, are judged by computeResponseNTLMv1. Keys, signatures and seals are impacket's
too; it has no function that verifies, so the comparison is here. It judges by one password, whatever the user's name.
"""
import calendar
import hashlib
import os
import struct
import time
from importlib import metadata

from Cryptodome.Cipher import ARC4
from impacket import ntlm
from impacket.smbserver import computeNTLMv2
from impacket.spnego import SPNEGO_NegTokenInit, SPNEGO_NegTokenResp, TypesMech

from logins import PeerRefused

ROLES = (("NTLM", "client"), ("NTLM", "server"), ("Negotiate", "server"))
MESSAGES = ("seal", "sign")
DENIED = ("0xc000006d",)
LACKS = {("client", "unknown-user"), ("client", "mic"), ("server", "mic")}
NO_VERSION_1 = ()
BAD_BINDINGS = ()
NTLMSSP = TypesMech["NTLMSSP - Microsoft NTLM Security Support Provider"]
EPOCH = 116444736000000000
LOGON_FAILURE = "0xc000006d STATUS_LOGON_FAILURE"


def bindings_hash(data):
    """MD5 of a gss_channel_bindings_struct with this application data and no addresses, [MS-NLMP] 2.2.2.1."""
    return hashlib.md5(struct.pack("<5L", 0, 0, 0, 0, len(data)) + data).digest() if data else b""


class Direction:
    """impacket's keys, RC4 state and sequence number of one direction."""

    def __init__(self, flags, key, mode):
        self.flags, self.number = flags, 0
        self.sign_key = ntlm.SIGNKEY(flags, key, mode)
        self.seal_key = ntlm.SEALKEY(flags, key, mode)
        self.handle = ARC4.new(self.seal_key).encrypt

    def sign(self, text):
        signature = ntlm.SIGN(self.flags, self.sign_key, text, self.number, self.handle).getData()
        self.number += 1
        return signature

    def seal(self, text):
        sealed, signature = ntlm.SEAL(self.flags, self.sign_key, self.seal_key, text, text, self.number, self.handle)
        self.number += 1
        return signature.getData() + sealed

    def verify(self, text, signature):
        if self.sign(text) != signature:
            raise PeerRefused("another signature")

    def unseal(self, sealed):
        text = self.handle(sealed[16:])
        self.verify(text, sealed[:16])
        return text


class End:
    """After the login: outgoing and incoming directions, one for both without extended session security ([MS-NLMP] 3.4)."""

    def __init__(self, account, wish):
        self.account, self.wish, self.complete, self.session_key, self.first = account, wish, False, None, None

    def begin(self, flags, key, role):
        self.session_key, self.complete, self.negotiated = key, True, flags
        if not self.wish.sign and not self.wish.seal:
            return
        self.outgoing = self.incoming = Direction(flags, key, role)
        if flags & ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY:
            self.incoming = Direction(flags, key, "Server" if role == "Client" else "Client")

    def seal(self, text):
        return self.outgoing.seal(text)

    def unseal(self, sealed):
        return self.incoming.unseal(sealed)

    def sign(self, text):
        return self.outgoing.sign(text)

    def verify(self, text, signature):
        self.incoming.verify(text, signature)

    def key(self):
        return self.session_key.hex()

    def flags(self):
        return self.negotiated

    def close(self):
        pass

    def wished_flags(self):
        """What of the flags is steered."""
        wish = self.wish
        protects = wish.sign or wish.seal  # it would use KEY_EXCH's key without either, which 3.1.5.1.2 does not
        return ((ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH if protects else 0)
                | (ntlm.NTLMSSP_NEGOTIATE_SIGN if wish.sign else 0) | (ntlm.NTLMSSP_NEGOTIATE_SEAL if wish.seal else 0)
                | (ntlm.NTLMSSP_NEGOTIATE_128 if wish.bits >= 128 else 0)
                | (ntlm.NTLMSSP_NEGOTIATE_56 if wish.bits >= 56 else 0)
                | (ntlm.NTLM_NEGOTIATE_OEM if wish.oem else ntlm.NTLMSSP_NEGOTIATE_UNICODE)
                | (0 if wish.level == 0 else ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY))


STEERED = (ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH | ntlm.NTLMSSP_NEGOTIATE_SIGN | ntlm.NTLMSSP_NEGOTIATE_SEAL
           | ntlm.NTLMSSP_NEGOTIATE_128 | ntlm.NTLMSSP_NEGOTIATE_56 | ntlm.NTLM_NEGOTIATE_OEM
           | ntlm.NTLMSSP_NEGOTIATE_UNICODE | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)


class Client(End):
    def __init__(self, package, account, wish):
        super().__init__(account, wish)
        self.spnego = package == "Negotiate"
        self.version_2 = wish.level is None or wish.level >= 3

    def step(self, token=b""):
        if self.first is None:
            self.first = ntlm.getNTLMSSPType1("IMPACKET", "", signingRequired=True, use_ntlmv2=self.version_2)
            self.first["flags"] = self.first["flags"] & ~STEERED | self.wished_flags()
            return self.wrap_first(self.first.getData())
        if self.complete:
            if self.spnego and SPNEGO_NegTokenResp(token)["NegState"] != b"\0":
                raise PeerRefused("the last negState is not accept-completed")
            return b""
        challenge = SPNEGO_NegTokenResp(token)["ResponseToken"] if self.spnego else token
        return self.wrap(self.authenticate(challenge))

    def authenticate(self, challenge):
        user, domain, password = self.account
        try:
            answer, key = ntlm.getNTLMSSPType3(self.first, challenge, user, password, domain, use_ntlmv2=self.version_2,
                                               channel_binding_value=bindings_hash(self.wish.bindings))
        except Exception as e:  # its structures raise what comes
            raise PeerRefused(f"{type(e).__name__}: {e}") from e
        self.begin(answer["flags"], key, "Client")
        return answer.getData()

    def wrap_first(self, token):
        if not self.spnego:
            return token
        outer = SPNEGO_NegTokenInit()
        outer["MechTypes"], outer["MechToken"] = [NTLMSSP], token
        return outer.getData()

    def wrap(self, token):
        if not self.spnego:
            return token
        outer = SPNEGO_NegTokenResp()
        outer["ResponseToken"] = token
        return outer.getData()


class Server(End):
    user = None

    def step(self, token):
        if self.first is None:
            self.first = ntlm.NTLMAuthNegotiate()
            self.first.fromString(token)
            self.challenge = self.make_challenge()
            return self.challenge.getData()
        message = ntlm.NTLMAuthChallengeResponse()
        message.fromString(token)
        at = message["session_key_offset"]  # fromString takes a MIC for granted and looks elsewhere without one
        message["session_key"] = token[at:at + message["session_key_len"]]
        if not message["flags"] & ntlm.NTLMSSP_NEGOTIATE_UNICODE:  # computeNTLMv2 takes names for Unicode
            for name in ("user_name", "domain_name"):
                message[name] = message[name].decode("ascii").encode("utf-16le")
        key = self.judge(message)
        self.user = f"{message['domain_name'].decode('utf-16le')}\\{message['user_name'].decode('utf-16le')}"
        self.begin(message["flags"], key, "Server")
        return b""

    def who(self):
        return self.user

    def judge(self, message):
        user, _domain, password = self.account
        if len(message["ntlm"]) <= 24:
            return self.judge_version_1(message)
        status, key = computeNTLMv2(user, ntlm.LMOWFv1(""), ntlm.compute_nthash(password),
                                    self.challenge["challenge"], message, self.challenge, self.first)
        if status:
            raise PeerRefused(LOGON_FAILURE)
        return key

    def judge_version_1(self, message):
        user, domain, password = self.account
        flags, lm = message["flags"], message["lanman"]
        expected, _lm, base = ntlm.computeResponseNTLMv1(flags, self.challenge["challenge"], lm[:8], b"", domain, user,
                                                         password)
        if message["ntlm"] != expected:
            raise PeerRefused(LOGON_FAILURE)
        key = ntlm.KXKEY(flags, base, lm, self.challenge["challenge"], password, "", "", False)
        if flags & ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH:
            key = ntlm.generateEncryptedSessionKey(key, message["session_key"])
        return key

    def make_challenge(self):
        name, pairs = "IMPACKET".encode("ascii" if self.wish.oem else "utf-16le"), ntlm.AV_PAIRS()
        for pair in (ntlm.NTLMSSP_AV_DOMAINNAME, ntlm.NTLMSSP_AV_DNS_DOMAINNAME, ntlm.NTLMSSP_AV_HOSTNAME,
                     ntlm.NTLMSSP_AV_DNS_HOSTNAME):
            pairs[pair] = "IMPACKET".encode("utf-16le")
        pairs[ntlm.NTLMSSP_AV_TIME] = struct.pack("<q", EPOCH + calendar.timegm(time.gmtime()) * 10000000)
        message = ntlm.NTLMAuthChallenge()
        message["flags"] = (self.first["flags"] & (self.wished_flags() | ntlm.NTLMSSP_NEGOTIATE_ALWAYS_SIGN)
                            | (ntlm.NTLM_NEGOTIATE_OEM if self.wish.oem else 0) | ntlm.NTLMSSP_NEGOTIATE_VERSION
                            | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO | ntlm.NTLMSSP_TARGET_TYPE_SERVER
                            | ntlm.NTLMSSP_NEGOTIATE_NTLM | ntlm.NTLMSSP_REQUEST_TARGET)
        message["challenge"], message["Version"], message["VersionLen"] = os.urandom(8), b"\xff" * 8, 8
        message["domain_len"] = message["domain_max_len"] = len(name)
        message["domain_offset"], message["domain_name"] = 56, name
        message["TargetInfoFields_len"] = message["TargetInfoFields_max_len"] = len(pairs)
        message["TargetInfoFields"], message["TargetInfoFields_offset"] = pairs, 56 + len(name)
        return message


def client(_interop, package, account, wish):
    return Client(package, account, wish)


def server(_interop, _package, account, wish):
    return Server(account, wish)


def prepare(_interop):
    pass


def version():
    return f"impacket {metadata.version('impacket')}"


def takes_version_1(_kind):
    """The server at that level."""
    return True
