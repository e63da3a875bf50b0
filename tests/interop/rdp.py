"""RDP's two ends for the tests of NLA: our nlaserver.exe with a certificate of its own, and FreeRDP's client on a screen."""
import datetime
import hashlib
import os
import queue
import re
import shutil
import socket
import subprocess
import threading
import time

from harness import ROOT, TOOLS, Skip, port_of

LINE_SECONDS = 40


def make_certificate(folder, name="localhost", curve=None):
    """A self-signed certificate, RSA or ECDSA on CURVE ("SECP256R1"): (PEM file with its key, certificate in DER)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    key = (ec.generate_private_key(getattr(ec, curve)()) if curve
           else rsa.generate_private_key(public_exponent=65537, key_size=2048))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256()))
    path = f"{folder}/{name}.pem"
    with open(path, "wb") as f:
        f.write(made.public_bytes(serialization.Encoding.PEM))
        f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()))
    return path, made.public_bytes(serialization.Encoding.DER)


def import_certificate(interop, path, der):
    """Into the prefix's MY store with opensspi-cert; the thumbprint."""
    done = interop.run_tool("opensspi-cert.exe", "import", interop.windows(path))
    if done.returncode:
        raise RuntimeError(f"opensspi-cert import: exit {done.returncode}: {done.stdout.strip()}")
    return hashlib.sha1(der).hexdigest()


def fingerprint(der):
    """SHA-256 as FreeRDP and nlacheck write it."""
    return ":".join(f"{b:02x}" for b in hashlib.sha256(der).digest())


class NlaServer:
    """A running nlaserver.exe. What it says of its connections comes in order from next_line()."""

    def __init__(self, interop, *arguments):
        self.process = interop.start_exe(f"{TOOLS}/nlaserver.exe", "/port:0", "/until-eof", *arguments,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = port_of(self.process)
        self.lines, self.log = queue.Queue(), interop.log
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            text = line.decode().rstrip()
            print(f"    nlaserver: {text}", file=self.log, flush=True)
            self.lines.put(text)

    def next_line(self):
        """Without the number of the connection."""
        try:
            return self.lines.get(timeout=LINE_SECONDS).split(" ", 1)[1]
        except queue.Empty:
            raise AssertionError("the server says nothing of this connection") from None

    def end(self):
        """Ends its input; (logged in, refused, broken, most at once)."""
        self.process.stdin.close()
        code = self.process.wait(LINE_SECONDS + 60)
        self.reader.join(10)
        last = None
        while not self.lines.empty():
            last = self.lines.get()
        found = re.fullmatch(r"end: (\d+) logged in, (\d+) refused, (\d+) broken, at most (\d+) at once", last or "")
        if code or not found:
            raise AssertionError(f"nlaserver ended with {code}, and {last!r}")
        return tuple(int(n) for n in found.groups())


def package_version(program):
    """Debian's: FreeRDP 2 says its own only with a display."""
    owner = subprocess.run(["dpkg", "-S", shutil.which(program)], stdout=subprocess.PIPE, text=True).stdout.split(":")[0]
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", owner], stdout=subprocess.PIPE, text=True).stdout
    return shown or "?"


class FreeRdp:
    """FreeRDP's client, /auth-only, on a screen of its own. The certificate is pinned by its hash."""

    def __init__(self, interop):
        self.interop = interop
        self.program = next((p for p in ("xfreerdp3", "xfreerdp") if shutil.which(p)), None)
        if not self.program or not shutil.which("Xvfb"):
            raise Skip("xfreerdp or Xvfb is not installed: setup/packages.sh check")
        self.version = package_version(self.program)
        self.major = 3 if self.program.endswith("3") else 2
        self.home = f"{interop.out}/freerdp-home"
        os.makedirs(self.home, exist_ok=True)
        self.display = self._screen()

    def _screen(self):
        read, write = os.pipe()
        self.interop.start(["Xvfb", "-displayfd", str(write), "-screen", "0", "320x200x24", "-nolisten", "tcp",
                            "-noreset"], pass_fds=(write,))
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("Xvfb does not start")
        return f":{number}"

    def command(self, port, certificate, user, password, *more, domain=None, host="127.0.0.1"):
        options = [f"/v:{host}:{port}", f"/u:{user}", f"/p:{password}", "+auth-only", "/log-level:INFO",
                   f"/cert:deny,fingerprint:sha256:{fingerprint(certificate)}", *more]
        if domain:
            options.append(f"/d:{domain}")
        if not any(o.startswith("/sec:") for o in more):
            options.append("/sec:nla")
        return [self.program, *options]

    def environment(self):
        return dict(os.environ, HOME=self.home, DISPLAY=self.display, LC_ALL="C.UTF-8")

    def login(self, *arguments, **options):
        """(exit code, what it said)."""
        try:
            done = subprocess.run(self.command(*arguments, **options), env=self.environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=50)
        except subprocess.TimeoutExpired as e:
            print(f"    {self.program}: no end\n{(e.stdout or b'').decode(errors='replace')}", file=self.interop.log, flush=True)
            raise
        print(f"    {self.program}: {done.returncode}\n{done.stdout}", file=self.interop.log, flush=True)
        return done.returncode, done.stdout


class ChrootFreeRdp(FreeRdp):
    """FreeRDP 3 of the Debian 13 chroot at ROOT, on this process's network, FOLDERS in sight. It asks for no screen:
    "Authentication only. Don't connect to X."."""

    def __init__(self, interop, root, *folders):
        self.interop, self.program, self.major, self.home, self.display = interop, "xfreerdp3", 3, "/tmp", ""
        self.inside = [f"{ROOT}/setup/in-chroot.sh", "--root", root, *(x for f in folders for x in ("--bind", f)), "--",
                       "env", "HOME=/tmp"]
        self.version = subprocess.run(["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-Wf", "${Version}", "freerdp3-x11"],
                                      stdout=subprocess.PIPE, text=True).stdout

    def command(self, *arguments, **options):
        return [*self.inside, *super().command(*arguments, **options)]


def listens(port):
    """Is there a listener? Asked of the kernel: a connection would be a login attempt."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        return any(line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}") for line in f.readlines()[1:])


class Shadow:
    """FreeRDP 3's shadow server on a FreeRdp's screen, with a keytab, in this process's environment."""

    def __init__(self, interop, freerdp, keytab):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        self.process = interop.start(["freerdp-shadow-cli3", f"/port:{self.port}", "/bind-address:127.0.0.1", "/sec:nla",
                                      "+auth", f"/keytab:{keytab}"], env=freerdp.environment())
        for _wait in range(300):
            if listens(self.port) or self.process.poll() is not None:
                break
            time.sleep(0.1)
