"""Why RPC by Kerberos fails at RPC_C_AUTHN_LEVEL_PKT_INTEGRITY (docs/interop.md, Wine): the same calls by MIT's library alone, and
what goes over the wire. RFC 4121 4.1.1.1: the authenticator's checksum has the flags that a login claims, GSS_C_CONF_FLAG
among them. MIT's library claims that one unasked, unless its credential is told not to (GSS_KRB5_CRED_NO_CI_FLAGS_X).
"""
import os
import socket
import struct
import sys
import uuid

import domain
from harness import check_equal, flip

sys.path.append("/usr/lib/python3/dist-packages")
import gssapi
from gssapi.raw import ext_set_cred_opt

KRB5 = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
NO_CI_FLAGS = gssapi.OID.from_int_seq("1.2.752.43.13.29")
Flag = gssapi.RequirementFlag
# [C706] 12.6.4, [MS-RPCE] 2.2.1.1.7 and 8: kinds of PDUs, Kerberos, PKT_INTEGRITY
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, AUTH3 = 0, 2, 3, 11, 12, 16
AUTHN_GSS_KERBEROS, PKT_INTEGRITY = 16, 5
DCERPC_FAULT_OTHER, SEC_PKG_ERROR = 1, 1825
SAMR, NDR = "12345778-1234-abcd-ef00-0123456789ac", "8a885d04-1ceb-11c9-9fe8-08002b104860"
MIC = 16 + 12  # RFC 4121 4.2.6.1, RFC 3962: header and HMAC-SHA1-96


def pdu(kind, call, body, token, padding=0):
    """A whole one, of both flags first and last: head, body, security trailer ([MS-RPCE] 2.2.2.11), token."""
    trailer = struct.pack("<BBBBI", AUTHN_GSS_KERBEROS, PKT_INTEGRITY, padding, 0, 0)
    size = 16 + len(body) + len(trailer) + len(token)
    return struct.pack("<BBBB4sHHI", 5, 0, kind, 3, b"\x10\0\0\0", size, len(token), call) + body + trailer + token


def read(s):
    data = b""
    while len(data) < 16 or len(data) < struct.unpack_from("<H", data, 8)[0]:
        part = s.recv(65536)
        if not part:
            raise RuntimeError("the controller hung up")
        data += part
    return data


def token_of(message):
    size = struct.unpack_from("<H", message, 10)[0]
    return message[len(message) - size:] if size else b""


def bind_body():
    syntaxes = uuid.UUID(SAMR).bytes_le + struct.pack("<HH", 1, 0) + uuid.UUID(NDR).bytes_le + struct.pack("<HH", 2, 0)
    return struct.pack("<HHIIHBB", 5840, 5840, 0, 1, 0, 1, 0) + syntaxes


def mits_login(d, claims):
    """CLAIMS: as MIT's library does by itself; else what was asked for alone, integrity."""
    d.kinit("alice", ccache="mit")
    os.environ.update(d.variables(ccache="mit"))
    credential = gssapi.Credentials(usage="initiate", mechs=[KRB5], store={"ccache": f"FILE:{d.folder}/mit.ccache"})
    if not claims:
        ext_set_cred_opt.set_cred_option(NO_CI_FLAGS, creds=credential, value=b"")
    name = gssapi.Name(f"host/{domain.HOST}@{domain.REALM}", gssapi.NameType.kerberos_principal)
    flags = (Flag.dce_style | Flag.mutual_authentication | Flag.integrity | Flag.replay_detection
             | Flag.out_of_sequence_detection)
    return gssapi.SecurityContext(name=name, creds=credential, mech=KRB5, usage="initiate", flags=flags)


def signed_call(d, claims, spoil=lambda stub: stub):
    """SamrConnect with nobody's library but MIT's: the login, and what the controller answers."""
    login = mits_login(d, claims)
    with socket.create_connection((domain.HOST, d.samr), 20) as s:
        s.sendall(pdu(BIND, 1, bind_body(), login.step()))
        answer = read(s)
        check_equal(answer[2], BIND_ACK, "bind")
        s.sendall(pdu(AUTH3, 1, b"    ", login.step(token_of(answer))))
        stub = struct.pack("<II8x", 0, 0x02000000)
        signature = login.get_signature(stub)
        check_equal((len(signature), signature[:2]), (MIC, b"\4\4"), "a MIC, RFC 4121 4.2.6.1")
        s.sendall(pdu(REQUEST, 2, struct.pack("<IHH", 8, 0, 0) + spoil(stub), signature, 8))
        return login, read(s)


def fault(message):
    return struct.unpack_from("<I", message, 24)[0]


def answered(d):
    """Without the claim: an answer, whose signature is a MIC too, and MIT's library takes it."""
    login, answer = signed_call(d, False)
    check_equal((answer[2], len(token_of(answer))), (RESPONSE, MIC), "kind, signature")
    login.verify_signature(answer[24:len(answer) - MIC - 8], token_of(answer))


def not_answered(d):
    """With it, and all else the same: what rpcrt4 gets by us."""
    answer = signed_call(d, True)[1]
    check_equal((answer[2], token_of(answer), fault(answer)), (FAULT, b"", DCERPC_FAULT_OTHER), "kind, signature, status")


def spoilt(d, claims):
    """A signature that is wrong is another fault: the request's was right in both."""
    answer = signed_call(d, claims, lambda stub: flip(stub, 3))[1]
    check_equal((answer[2], fault(answer)), (FAULT, SEC_PKG_ERROR), "kind, status")


def cases(interop, d):
    interop.case("rpc-mit-signed", answered, d)
    interop.case("rpc-mit-signed-claims-seal", not_answered, d)
    for claims in (False, True):
        interop.case(f"rpc-mit-signed{'-claims-seal' * claims}-spoilt", spoilt, d, claims)
