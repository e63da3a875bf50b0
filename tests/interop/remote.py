"""A security context in another program, played on from here. Ours is under Wine: pe/sspipeer.c is the other end of the
socket. native/winprpeer.c speaks the same for libwinpr's."""
import socket
import struct
import time

from harness import EXES, NotStarted

STATUS = {
    0: "SEC_E_OK", 0x80090303: "SEC_E_TARGET_UNKNOWN", 0x00090312: "SEC_I_CONTINUE_NEEDED", 0x00090317: "SEC_I_CONTEXT_EXPIRED", 0x00090320: "SEC_I_INCOMPLETE_CREDENTIALS",
    0x80090302: "SEC_E_UNSUPPORTED_FUNCTION", 0x80090304: "SEC_E_INTERNAL_ERROR", 0x80090305: "SEC_E_SECPKG_NOT_FOUND",
    0x80090308: "SEC_E_INVALID_TOKEN", 0x80090317: "SEC_E_CONTEXT_EXPIRED", 0x80090331: "SEC_E_ALGORITHM_MISMATCH",
    0x8009030C: "SEC_E_LOGON_DENIED", 0x8009030D: "SEC_E_UNKNOWN_CREDENTIALS",
    0x8009030E: "SEC_E_NO_CREDENTIALS", 0x8009030F: "SEC_E_MESSAGE_ALTERED", 0x80090310: "SEC_E_OUT_OF_SEQUENCE",
    0x80090321: "SEC_E_BUFFER_TOO_SMALL", 0x80090318: "SEC_E_INCOMPLETE_MESSAGE", 0x80090325: "SEC_E_UNTRUSTED_ROOT", 0x80090326: "SEC_E_ILLEGAL_MESSAGE",
    0x80090330: "SEC_E_DECRYPT_FAILURE", 0x80090346: "SEC_E_BAD_BINDINGS", 0x8009035E: "SEC_E_DELEGATION_POLICY",
    0x8009035F: "SEC_E_POLICY_NLTM_ONLY",
}
ATTR_NAMES, ATTR_SESSION_KEY, ATTR_PACKAGE_INFO, ATTR_NEGOTIATION_INFO = 1, 9, 10, 12
ATTR_AUTHORITY, ATTR_PASSWORD_EXPIRY, ATTR_USER_FLAGS = 6, 8, 11
ATTR_REMOTE_CERT, ATTR_CONNECTION_INFO, ATTR_SUPPORTED_SIGNATURES, ATTR_REMOTE_CERT_CHAIN = 0x53, 0x5A, 0x66, 0x67
ATTR_LOCAL_CERT = 0x54
ATTR_NEGOTIATION_PACKAGE, ATTR_SERVER_AUTH_FLAGS = 0x80000081, 0x80000083
ATTR_CREDS, ATTR_CREDS_2 = 0x80000080, 0x80000086
NEVER = (0x7FFFFFFFFFFFFFFF, 0x7FFFFF36D5969FFF, 0x7FFFFF154C51FFFF)


def status_name(status):
    return STATUS.get(status, f"0x{status:08X}")


class Refused(Exception):
    """A call of ours failed; status is its name."""

    def __init__(self, call, status):
        super().__init__(f"{call}: {status_name(status)}")
        self.status = status_name(status)


class Remote:
    """role: client or server. Options as sspipeer.c takes them (user, domain, password, target, tls, cert).
    program: another one than sspipeer, native."""

    def __init__(self, interop, role, package, program=None, **options):
        self.complete, self.attributes, self.expiry, self.code = False, 0, 0, None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            arguments = [role, package, str(listener.getsockname()[1]), *(f"{k}={v}" for k, v in options.items())]
            self.process = (interop.start([program, *arguments]) if program
                            else interop.start_exe(f"{EXES}/sspipeer.exe", *arguments))
            self.socket = self._accept(listener, NotStarted if not program else RuntimeError)
        self.socket.settimeout(40)
        self.process.hang_up = self.socket.close  # which ends it

    def next(self, role, **options):
        """Another login in the same process, with a credential of its own, which sees the registry as it is now."""
        self.complete, self.attributes, self.expiry, self.code = False, 0, 0, None
        self._good("AcquireCredentialsHandle", "N",
                   b"".join(f"{k}={v}".encode() + b"\0" for k, v in {"role": role, **options}.items()))

    def registry(self, key, value, number):
        """A DWORD of HKLM's 64-bit view; None: no such value."""
        data = b"" if number is None else struct.pack(">I", number)
        self._good("registry", "R", f"{key}\0{value}\0".encode() + data)

    def _accept(self, listener, no_start):
        """Sooner than the time limit if the program ends without connecting. 1 is no exit code of sspipeer's own, but Wine's."""
        listener.settimeout(1)
        limit = time.monotonic() + 50
        while True:
            try:
                return listener.accept()[0]
            except socket.timeout:
                if self.process.poll() == 1:
                    raise no_start("ended with 1, and has not connected") from None
                if self.process.poll() is not None:
                    raise RuntimeError(f"sspipeer ended with {self.process.returncode}: see the log") from None
                if time.monotonic() > limit:
                    raise

    def _take(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise RuntimeError(f"sspipeer ended (exit {self.process.wait(10)}): see the log")
            data += part
        return data

    def call(self, op, data=b""):
        self.socket.sendall(struct.pack(">I", len(data) + 1) + op.encode() + data)
        size, status = struct.unpack(">II", self._take(8))
        return status, self._take(size - 4)

    def _good(self, call, op, data):
        status, answer = self.call(op, data)
        if status:
            raise Refused(call, status)
        return answer

    def try_step(self, token=b""):
        """The status's name and the token, of a failure too (an alert, an error for the peer)."""
        self.code, answer = self.call("I", token or b"")
        if len(answer) >= 12:
            self.attributes, self.expiry = struct.unpack(">IQ", answer[:12])
        self.complete = self.code == 0
        return status_name(self.code), answer[12:]

    def step(self, token=b""):
        status, answer = self.try_step(token)
        if status not in ("SEC_E_OK", "SEC_I_CONTINUE_NEEDED", "SEC_E_INCOMPLETE_MESSAGE"):
            raise Refused("step", self.code)
        return answer

    def seal(self, data):
        return self._good("EncryptMessage", "E", data)

    def unseal(self, data):
        return self._good("DecryptMessage", "D", data)

    def unseal_stream(self, data):
        return self._good("DecryptMessage", "S", data)

    def unseal_telling(self, data):
        """(how many post-handshake messages, what is owed for them, the plaintext)."""
        answer = self._good("DecryptMessage", "U", data)
        count, size = struct.unpack(">II", answer[:8])
        return count, answer[8:8 + size], answer[8 + size:]

    def second_credential(self, path):
        """One that has the certificate in PATH.cer, its key in PATH.blob, for the legs from now on."""
        self._good("AcquireCredentialsHandle", "C", path.encode())

    def sign(self, data):
        """The signature alone."""
        answer = self._good("MakeSignature", "M", data)
        return answer[:len(answer) - len(data)]

    def verify(self, data, signature):
        self._good("VerifySignature", "V", signature + data)

    def query(self, attribute):
        return self._good(f"QueryContextAttributes({attribute:#x})", "Q", struct.pack(">I", attribute)).decode()

    def close(self):
        self.socket.close()
        return self.process.wait(20)


def has_kerberos(interop):
    """Is Kerberos among our packages? Its cases are left out where it is not, and the log says so."""
    us = Remote(interop, "server", "Kerberos")
    status, _token = us.try_step()
    us.close()
    if status == "SEC_E_SECPKG_NOT_FOUND":
        print(f"{interop.name}: no Kerberos in this prefix: its cases are left out", flush=True)
    return status != "SEC_E_SECPKG_NOT_FOUND"
