"""Python's ssl module, in this process."""
import socket
import ssl
import threading
import warnings

from tls_ends import SUITES, Refused, Visit, openssl_ciphers, suite_of

NAME = "python"
ROLES = ("client", "server")
SEND, REPLY = "one\n", "one\n"
HTTP = AT_ONCE = False
SECONDS = 10
_VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
             "1.3": ssl.TLSVersion.TLSv1_3}
WHY = {
    "wrong-ca": "unable to get local issuer certificate|self.signed certificate in certificate chain",
    "wrong-name": "Hostname mismatch",
    "foreign-client": "unable to get local issuer certificate",
    "no-client": "peer did not return a certificate",
    "flip": "bad record mac|decryption failed|record layer failure",
    "unknown-ca-heard": "alert unknown ca",
    "handshake-heard": "alert (handshake failure|protocol version)",
    "no-cipher": "no shared cipher|alert handshake failure|no suitable signature algorithm",
    "version": "unsupported protocol|alert protocol version|wrong version number|alert handshake failure|internal error",
}
_state = {}


def prepare(interop):
    _state["interop"] = interop


def version():
    return f"Python ssl ({ssl.OPENSSL_VERSION.rsplit(' ', 3)[0]})"


def lacks(cell):
    if cell.version == "1.3" and cell.suite:
        return "Python's ssl chooses no cipher suites of TLS 1.3"
    if cell.ours == "client" and cell.suite and "_DHE_" in SUITES[cell.suite][0]:
        return "a Python server has no DHE of itself"
    if cell.later and cell.ours == "client" and cell.version != "1.3":
        return "Python's ssl has no call for a renegotiation"
    return None


def _context(cell, asked, side):
    context = ssl.SSLContext(side)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0 and 1.1, which are meant
        context.minimum_version = context.maximum_version = _VERSIONS[cell.version]
    if cell.version != "1.3":
        context.set_ciphers(openssl_ciphers(cell))
    if cell.again == "id":
        context.options |= ssl.OP_NO_TICKET
    context.post_handshake_auth = cell.later and cell.version == "1.3"
    if asked.own:
        context.load_cert_chain(f"{asked.own}.pem", f"{asked.own}.key")
    if asked.root:
        context.load_verify_locations(f"{asked.root}.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _visit_of(stream, text):
    return Visit({"TLSv1": "1.0"}.get(stream.version(), stream.version()[4:]), suite_of(stream.cipher()[0]),
                 stream.session_reused, text)


def _read_line(stream, held):
    while b"\n" not in held:
        more = stream.recv(4096)
        if not more:
            return None
        held += more
    line, _, rest = bytes(held).partition(b"\n")
    held[:] = rest
    return line.decode()


def visit(cell, asked):
    context = _context(cell, asked, ssl.PROTOCOL_TLS_CLIENT)
    session, visits = None, []
    try:
        for port in asked.ports:
            with socket.create_connection(("127.0.0.1", port), SECONDS) as plain:
                stream = context.wrap_socket(plain, server_hostname=asked.name, session=session)
                stream.sendall(b"one\n")
                text = _read_line(stream, bytearray())
                visits.append(_visit_of(stream, text))
                stream.sendall(b"quit\n")
                while stream.recv(4096):
                    pass
                session = stream.session if asked.keep else None
                stream.close()
    except OSError as e:
        print(repr(e), file=_state["interop"].log, flush=True)
        raise Refused(f"{type(e).__name__}: {e}") from e
    return visits


class _Server:
    def __init__(self, cell, asked):
        self.visits, self.said = [], []
        self.asked = asked
        self.cell, self.context = cell, _context(cell, asked, ssl.PROTOCOL_TLS_SERVER)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(SECONDS)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for _connection in range(self.asked.connections):
            try:
                plain, _ = self.listener.accept()
                plain.settimeout(SECONDS)
                if not self.asked.keep:  # what is kept, is so in the context
                    self.context = _context(self.cell, self.asked, ssl.PROTOCOL_TLS_SERVER)
                stream = self.context.wrap_socket(plain, server_side=True)
                self._echo(stream)
                stream.unwrap().close()
            except OSError as e:
                self.said.append(f"{type(e).__name__}: {e}")
        self.listener.close()

    def _echo(self, stream):
        held, first = bytearray(), None
        while (line := _read_line(stream, held)) is not None:
            if not first and self.cell.later:
                stream.verify_client_post_handshake()
            stream.sendall(line.encode() + b"\n")
            first = first or line
        if self.cell.later and not stream.getpeercert():
            raise OSError("the client has shown no certificate")
        self.visits.append(_visit_of(stream, first))

    def end(self):
        self.thread.join(2 * SECONDS)
        said = "\n".join(self.said)
        print(said, file=_state["interop"].log, flush=True)
        return self.visits, said


def serve(cell, asked):
    return _Server(cell, asked)
