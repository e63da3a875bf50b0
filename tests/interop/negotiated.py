"""What the scripts of SPNEGO's choice and order share: MIT's and pyspnego's ends with one face, a realm, and a wire that is
watched, and may be changed, in between. What goes over it is decoded by pyspnego, not by our code. For scripts that have said
use_peers(kerberos=True)."""
import os
import types

import gssapi
from harness import check
from spnego._spnego import NegState, NegTokenInit, NegTokenResp, pack_mech_type_list, unpack_token
from spnego.exceptions import InvalidTokenError, SpnegoError

import realm

OID = gssapi.OID.from_int_seq
KRB5, SPNEGO, NTLMSSP = OID("1.2.840.113554.1.2.2"), OID("1.3.6.1.5.5.2"), OID("1.3.6.1.4.1.311.2.2.10")
Flag = gssapi.RequirementFlag
GSSError = gssapi.exceptions.GSSError
PEER = (GSSError, SpnegoError)  # what a peer refuses with
gssapi.SecurityContext.__DEFER_STEP_ERRORS__ = False
NOBODYS = "1.3.6.1.4.1.32473.1"  # RFC 5612: for documentation
USER, PASSWORD = "alice", realm.USERS["alice"][0]
LEGS_MAX = 10


class Pyspnego:
    """pyspnego's end, with python-gssapi's face. Its Kerberos is MIT's, its SPNEGO and NTLM are its own."""

    def __init__(self, context):
        self.context = context
        self.step = context.step

    complete = property(lambda self: self.context.complete)
    initiator_name = property(lambda self: self.context.client_principal)

    def wrap(self, text, encrypt):
        return types.SimpleNamespace(message=self.context.wrap(text, encrypt=encrypt).data)

    def unwrap(self, sealed):
        got = self.context.unwrap(sealed)
        return types.SimpleNamespace(message=got.data, encrypted=got.encrypted)

    def get_signature(self, text):
        return self.context.sign(text)

    def verify_signature(self, text, signature):
        self.context.verify(text, signature)


class Asking:
    """MIT's Kerberos in SPNEGO's messages (pyspnego's), put together here: a peer that asks for mechListMIC though Kerberos is
    taken. As a client it prefers a mechanism that nobody has, and so sends no first token; as a server it answers
    request-mic, or STATE. RFC 4178 section 5: each end sends it when the mechanism is done."""

    def __init__(self, context, client, state=NegState.request_mic):
        self.context, self.client, self.state = context, client, state
        self.list, self.legs, self.verified, self.sent = None, 0, False, False

    complete = property(lambda self: self.context.complete and self.verified and self.sent)

    def __getattr__(self, name):
        return getattr(self.context, name)

    def step(self, token=None):
        self.legs += 1
        if self.client and self.legs == 1:
            self.list = [NOBODYS, KRB5.dotted_form]
            return NegTokenInit(self.list).pack()
        got = unpack_token(token)
        inner = got.mech_token if isinstance(got, NegTokenInit) else got.response_token
        self.list = self.list or got.mech_types
        mine = self.context.step(inner or None) if inner or not self.context.complete else None
        if getattr(got, "mech_list_mic", None):
            self.context.verify_signature(pack_mech_type_list(self.list), got.mech_list_mic)
            self.verified = True
        elif self.sent and not self.verified:
            raise InvalidTokenError(context_msg="no mechListMIC")
        return None if self.complete else self._answer(mine)

    def _answer(self, mine):
        first, mic = self.legs == 1, None
        if self.context.complete and not self.sent:
            mic, self.sent = self.context.get_signature(pack_mech_type_list(self.list)), True
        state = self.state if first else NegState.accept_complete if self.complete else NegState.accept_incomplete
        return NegTokenResp(neg_state=None if self.client else state, response_token=mine, mech_list_mic=mic,
                            supported_mech=KRB5.dotted_form if first and not self.client else None).pack()


def spnego_credentials(mechs):
    creds = gssapi.Credentials(usage="initiate", mechs=[SPNEGO, *mechs])
    gssapi.raw.set_neg_mechs(creds, mechs)
    return creds


STATES = {None: "-", NegState.accept_complete: "completed", NegState.accept_incomplete: "incomplete",
          NegState.reject: "reject", NegState.request_mic: "request-mic"}


def in_words(upward, message):
    """A message as "C init token", "S request-mic token mic": who, its negState, and what is in it."""
    first = isinstance(message, NegTokenInit)
    if not first and not isinstance(message, NegTokenResp):
        return f"{'SC'[upward]} raw"
    state = ("hint", "init")[upward] if first else STATES[message.neg_state]
    token = message.mech_token if first else message.response_token
    return f"{'SC'[upward]} {state}{' token' * bool(token)}{' mic' * bool(message.mech_list_mic)}"


class Wire:
    """What went to and fro, and who may change it: CHANGE(upward, token, message) -> token; upward: from the client;
    message: the SPNEGO message that it is, or None. words: each message as it was sent."""

    def __init__(self, change=lambda _upward, token, _message: token):
        self.change, self.mics, self.changed, self.words = change, {True: 0, False: 0}, False, []

    def carry(self, upward, token):
        message = unpack_token(token)
        self.words.append(in_words(upward, message))
        if isinstance(message, NegTokenResp):
            self.mics[upward] += message.mech_list_mic is not None
        sent = self.change(upward, token, message)
        self.changed |= sent != token
        return sent


def step(end, token):
    return (end.step(token) if token else end.step()) or b""


def shake(client, server, wire, hinted=False):
    """HINTED: the server speaks first."""
    token = step(client, wire.carry(False, step(server, b"")) if hinted else b"")
    for _leg in range(LEGS_MAX):
        if not token:
            break
        token = step(server, wire.carry(True, token))
        if token:
            token = step(client, wire.carry(False, token))
    check(client.complete, "the client is not done")
    check(server.complete, "the server is not done")


def prepare(interop):
    """Accounts for NTLM at both ends, in the name of the realm's user; a ticket for the peer's clients."""
    r = realm.Realm(f"{interop.out}/realm", interop.start)
    r.kinit(USER)
    path = f"{interop.out}/ntlm-users"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
        f.write(f"{realm.REALM}:{USER}:{PASSWORD}\n")
    os.environ["NTLM_USER_FILE"] = path
    interop.run_tool("opensspi-passwd.exe", "remove", USER)  # another script's, which answers for every domain
    interop.add_account(USER, PASSWORD, realm.REALM)
    return r
