"""What sspi-rs cannot do with Kerberos, asserted so that a version that can is noticed here. Its client refuses the AS-REP of MIT's
KDC, for a tag inside: RFC 4120 5.4.2 has EncASRepPart, [APPLICATION 25], there, knows of KDCs that send EncTGSRepPart,
[APPLICATION 26], and lets clients take it; MIT's sends that. It has no server: what sspilib acquires for one is a client's.
"""
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.append("/usr/lib/python3/dist-packages")
import gssapi
import sspilib
from impacket.krb5 import asn1, crypto
from pyasn1.codec.der import decoder, encoder

import realm
from ends import sspilib_ as peer
from harness import check, check_equal, close_listener, refused
from logins import PeerRefused
from remote import Remote

USER = "carol"  # of whom the KDC wants preauthentication
PASSWORD = realm.USERS[USER][0]
AS_REP, ENC_AS_REP, ENC_TGS_REP = 0x6B, 0x79, 0x7A  # [APPLICATION n], constructed: 0x60 and n
KEY_USAGE = 3  # RFC 4120 7.5.1: the AS-REP's encrypted part


def sealed_anew(reply, seen):
    """The AS-REP with EncASRepPart's tag in its encrypted part; SEEN gets the tag that was there."""
    parsed = decoder.decode(reply, asn1Spec=asn1.AS_REP())[0]
    cipher = crypto._enctype_table[int(parsed["enc-part"]["etype"])]
    key = cipher.string_to_key(PASSWORD, f"{realm.REALM}{USER}", None)  # RFC 4120 4: the default salt
    plain = cipher.decrypt(key, KEY_USAGE, bytes(parsed["enc-part"]["cipher"]))
    seen.append(plain[0])
    parsed["enc-part"]["cipher"] = cipher.encrypt(key, KEY_USAGE, bytes([ENC_AS_REP]) + plain[1:], None)
    return encoder.encode(parsed)


class Between(threading.Thread):
    """A KDC of its own on PORT, in front of the realm's: passes on what it gets, or AS-REPs sealed anew. seen: the tags."""

    def __init__(self, kdc, change):
        super().__init__(daemon=True)
        self.kdc, self.change, self.seen = kdc, change, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    @staticmethod
    def _message(s):
        """RFC 4120 7.2.2: a length, and the message."""
        data = b""
        while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
            part = s.recv(65536)
            if not part:
                return b""
            data += part
        return data[4:]

    def run(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self.kdc), 20) as server:
                request = self._message(client)
                server.sendall(struct.pack(">I", len(request)) + request)
                reply = self._message(server)
                if reply[:1] == bytes([AS_REP]):
                    anew = sealed_anew(reply, self.seen)
                    reply = anew if self.change else reply
                client.sendall(struct.pack(">I", len(reply)) + reply)


def client(url, user=USER):
    os.environ["SSPI_KDC_URL"] = url
    flags = peer.raw.IscReq.ISC_REQ_MUTUAL_AUTH | peer.raw.IscReq.ISC_REQ_CONFIDENTIALITY | peer.raw.IscReq.ISC_REQ_INTEGRITY
    credential = sspilib.UserCredential(user, realm.USERS[user][0], realm.REALM, protocol="Kerberos")
    return peer.End(sspilib.ClientSecurityContext(credential, "HTTP/localhost", flags))


def as_rep_refused(r):
    """SEC_E_INVALID_TOKEN: the ticket that it was given is a good one (kinit), and EncTGSRepPart is all that is unusual. So too
    for a user of whom no preauthentication is wanted."""
    r.kinit(USER)
    between = Between(r.port, False)
    broken = refused(client(between.url).step, by=PeerRefused)
    close_listener(between.listener)
    check_equal(between.seen, [ENC_TGS_REP], "the tag in the AS-REP")
    check("0x80090308" in str(broken), f"the peer's words: {broken}")
    broken = refused(client(f"tcp://127.0.0.1:{r.port}", "alice").step, by=PeerRefused)
    check("0x80090308" in str(broken), f"without preauthentication: {broken}")


def as_rep_taken(interop, r, keytab):
    """With the other tag, and nothing else changed, it logs in to our server, whose keys open the ticket or do not."""
    between = Between(r.port, True)
    theirs = client(between.url)
    token = theirs.step()
    close_listener(between.listener)
    check_equal(between.seen, [ENC_TGS_REP], "the tag that was in the AS-REP")
    os.environ.update(r.variables(keytab=keytab))
    ours = Remote(interop, "server", "Kerberos")
    status, answer = ours.try_step(token)
    if keytab == "foreign.keytab":
        check_equal(status, "SEC_E_LOGON_DENIED", "another service's keys")
    else:
        theirs.step(answer)
        check(ours.complete and theirs.complete, "somebody is not done")
        check_equal(theirs.unseal(ours.seal(b"ours")), b"ours", "ours, sealed")
        check_equal(ours.unseal(theirs.seal(b"theirs")), b"theirs", "theirs, sealed")
    ours.close()


CRASHES = """
import sys, sspilib
sspilib.KeytabCredential("HTTP/localhost", sys.argv[1], sys.argv[2], protocol=sys.argv[3], usage="accept")
print("acquired")
"""


def server_keytab(r):
    """In a process of its own, which ends in its library; with a file that is none too."""
    empty = f"{r.folder}/empty.keytab"
    with open(empty, "wb") as f:
        f.write(b"\5\2")  # MIT's "keytab file format": version 2, no entries
    for keytab, package in ((f"{r.folder}/service.keytab", "Kerberos"), (f"{r.folder}/service.keytab", "Negotiate"),
                            (empty, "Kerberos")):
        done = subprocess.run([sys.executable, "-B", "-c", CRASHES, keytab, realm.REALM, package], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=40, preexec_fn=no_core)
        check_equal((done.returncode, done.stdout), (-signal.SIGSEGV, ""), f"how it ended, {package}")


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def server_password(interop, r):
    """SEC_E_INVALID_HANDLE, to the first token of a login; MIT's acceptor takes the next one of the same client's."""
    r.kinit(USER)
    os.environ.update(r.variables(ccache=USER))
    mutual = {"target": "HTTP/localhost", "request": "0x10112"}  # MUTUAL_AUTH, CONFIDENTIALITY, ALLOCATE_MEMORY, INTEGRITY
    ours = Remote(interop, "client", "Kerberos", **mutual)
    credential = sspilib.UserCredential("HTTP/localhost", PASSWORD, realm.REALM, protocol="Kerberos", usage="accept")
    theirs = peer.End(sspilib.ServerSecurityContext(credential))
    broken = refused(theirs.step, ours.step(), by=PeerRefused)
    check("0x80090301" in str(broken), f"the peer's words: {broken}")
    ours.next("client", **mutual)
    good = gssapi.Credentials(usage="accept", store={"keytab": f"{r.folder}/service.keytab"})
    check(gssapi.SecurityContext(creds=good, usage="accept").step(ours.step()) is not None, "no AP-REP")
    ours.close()


def cases(interop):
    r = realm.Realm(f"{interop.out}/realm", interop.start)
    interop.case("mit-as-rep-refused", as_rep_refused, r)
    for keytab in ("service.keytab", "foreign.keytab"):
        interop.case(f"mit-as-rep-sealed-anew-{keytab.split('.')[0]}", as_rep_taken, interop, r, keytab)
    interop.case("kerberos-server-keytab", server_keytab, r)
    interop.case("kerberos-server-password", server_password, interop, r)
