"""What the interop scripts share: arguments, Wine, bounded processes, one line per case.

    NAME PREFIX OUTDIR     PREFIX: a Wine prefix with opensspi installed; OUTDIR: a folder for logs and files of the run

From the environment: WINE (default: what setup/common.sh finds), INTEROP_ARCH (x86_64 or i386: whose programs of
build/ARCH/interop and out/ are run), INTEROP_EXES and OPENSSPI_OUT (these folders, if they are elsewhere),
INTEROP_CASES (patterns of the cases that are run; none: all).
"""
import atexit
import fnmatch
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import types

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ARCH = os.environ.get("INTEROP_ARCH", "x86_64")
EXES = os.path.abspath(os.environ.get("INTEROP_EXES", f"{ROOT}/build/{ARCH}/interop"))
TOOLS = os.path.abspath(os.environ.get("OPENSSPI_OUT", f"{ROOT}/out/{'x32' if ARCH == 'i386' else 'x64'}"))
CASE_SECONDS = 60
GO = "/usr/bin/go"  # Debian's own: another one in PATH may not be on every machine


def use_peers(kerberos=False):
    """The Python peers (pyspnego and so on) live in a virtual environment of the cache: goes on in there. KERBEROS: pyspnego
    does that where it finds python-gssapi, which is Debian's, and pykrb5. The latter is no Debian package; it is for tickets
    out of passwords and files, which nobody asks for here."""
    if kerberos:
        sys.path.append("/usr/lib/python3/dist-packages")
        sys.modules.setdefault("krb5", types.ModuleType("krb5"))
    try:
        import spnego  # noqa: F401
    except ImportError:
        if os.environ.get("INTEROP_VENV"):
            raise
        venv = subprocess.run([f"{ROOT}/setup/peers.sh"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        os.environ["INTEROP_VENV"] = venv
        python = f"{venv}/bin/python"
        os.execv(python, [python, "-B", *sys.argv])


def find_wine():
    found = subprocess.run(["bash", "-c", '. "$1"; find_wine', "-", f"{ROOT}/setup/common.sh"],
                           stdout=subprocess.PIPE, text=True, check=True)
    return found.stdout.strip()


class Skip(Exception):
    """The peer is not here. What ./check needs is installed by setup/packages.sh, so this is for partial machines."""


class CaseTimeout(Exception):
    pass


class NotStarted(Exception):
    """Wine ended with its own exit code 1 before the program said a word: once in some thousand starts, on a busy machine."""


# Nobody refused anything: a peer that hangs has said nothing.
NO_REFUSAL = (CaseTimeout, subprocess.TimeoutExpired, NotStarted)
REPEATS = 3  # cases of a script that are run once more, since Wine did not start their program or its wineserver fell over


class Interop:
    """One script: its arguments, its cases, its processes."""

    def __init__(self, name):
        if len(sys.argv) != 3:
            sys.exit(f"usage: {sys.argv[0]} PREFIX OUTDIR")
        self.name, self.prefix, self.out = name, os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
        if not os.path.exists(f"{self.prefix}/system.reg"):
            sys.exit(f"{self.prefix} is no Wine prefix: setup/prefix.sh makes one")
        if not os.path.exists(f"{EXES}/sspipeer.exe"):
            sys.exit(f"no programs in {EXES}: make interop builds them")
        os.makedirs(self.out, exist_ok=True)
        self.wine = os.environ.get("WINE") or find_wine()
        self.passed = self.failed = self.skipped = self.repeated = self.fitting = 0
        self.started = []
        self.only = os.environ.get("INTEROP_CASES", "").split()
        self.log = open(f"{self.out}/{name}.log", "a", encoding="utf-8")
        # Negotiate tries Kerberos first: no realm, no DNS, unless a script has a realm of its own
        self.krb5_conf = f"{self.out}/no-realm.conf"
        with open(self.krb5_conf, "w", encoding="utf-8") as f:
            f.write("[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n")
        atexit.register(self.stop_all)
        for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(s, lambda *_: sys.exit(143))
        signal.signal(signal.SIGALRM, self._alarm)
        self._hold_prefix()

    def _wine_server(self, seconds, flag):
        """Whether the prefix's wineserver did that in SECONDS: -w, wait for its end; -k, end."""
        return subprocess.run(["bash", "-c", '. "$1"; wine_server "$2" "$3" "$4"', "-", f"{ROOT}/setup/common.sh", self.wine,
                               str(seconds), flag], env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode == 0

    def _hold_prefix(self):
        """The prefix's wineserver and services start here and stay as long as the script: started by a case they would
        hold its pipes open after its program's end. Not in a session that is just ending: see keep_session in
        setup/common.sh. One that does not end is somebody else's."""
        self.own_session = self._wine_server(10, "-w")
        self.start([self.wine, "cmd", "/c", "pause"], env=self.environment(), stdin=subprocess.PIPE)
        self.held = self.started.pop()
        subprocess.run([self.wine, "cmd", "/c", "exit"], env=self.environment(), stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=2 * CASE_SECONDS)

    def wineserver_fell(self):
        """Whether it is gone while the script needs it. Wine 8.0's has an assertion (sock_get_poll_events) that a program
        which ends in a bad moment fails for all programs of the prefix: no fault of the case that comes next."""
        return self.held.poll() is not None

    @staticmethod
    def _alarm(*_):
        raise CaseTimeout("took more time than a case may")

    # -- processes ---------------------------------------------------------------------------------------------------
    def environment(self, **more):
        e = dict(os.environ, WINEPREFIX=self.prefix, WINEDEBUG=os.environ.get("INTEROP_WINEDEBUG", "-all"),
                 WINEDLLOVERRIDES="mscoree,mshtml=", LC_ALL="C.UTF-8", OPENSSPI_LOG_LEVEL="debug",
                 OPENSSPI_LOG_PATH=self.windows(f"{self.out}/{self.name}-opensspi.log"))
        e.pop("DISPLAY", None)
        e.setdefault("KRB5_CONFIG", self.krb5_conf)
        e.update(more)
        return e

    @staticmethod
    def windows(path):
        return "Z:" + path.replace("/", "\\")

    def start(self, command, **options):
        """A process of ours; ended with the script at the latest."""
        options.setdefault("stdout", self.log)
        options.setdefault("stderr", self.log)
        options.setdefault("stdin", subprocess.DEVNULL)
        p = subprocess.Popen(command, **options)
        self.started.append(p)
        return p

    def start_exe(self, exe, *arguments, **options):
        options.setdefault("env", self.environment())
        return self.start([self.wine, exe, *arguments], **options)

    def run_tool(self, exe, *arguments, text=None):
        done = subprocess.run([self.wine, f"{TOOLS}/{exe}", *arguments], env=self.environment(), input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                              errors="replace", timeout=CASE_SECONDS)
        if done.returncode == 1 and not done.stdout:  # our programs never end so
            raise NotStarted(exe)
        return done

    def stop(self, p):
        """By itself where it can: Wine 8.0's wineserver may fall over a program that is killed while it waits on a
        socket, and the whole prefix with it."""
        if p.poll() is None and (p.stdin or hasattr(p, "hang_up")):
            if p.stdin and not p.stdin.closed:
                p.stdin.close()
            getattr(p, "hang_up", lambda: None)()
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                print("did not end by itself:", p.args, file=self.log, flush=True)
        if p.poll() is None:
            p.terminate()
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait(5)

    def stop_all(self):
        for p in reversed(self.started):
            self.stop(p)
        self.started.clear()
        self.held.stdin.close()  # which ends cmd's pause
        try:
            self.held.wait(10)
        except subprocess.TimeoutExpired:
            self.stop(self.held)
        if self.own_session:  # the next script need not wait until it has ended by itself
            self._wine_server(20, "-k")
            self._wine_server(20, "-w")
            self.own_session = False

    def add_account(self, user, password, domain=""):
        done = self.run_tool("opensspi-passwd.exe", "add", user, *([domain] if domain else []), text=password + "\n")
        if done.returncode:
            raise RuntimeError(f"opensspi-passwd add: exit {done.returncode}: {done.stdout.strip()}")

    def save_credential(self, target, user, password):
        done = self.run_tool("opensspi-credential.exe", "add", target, user, text=password + "\n")
        if done.returncode:
            raise RuntimeError(f"opensspi-credential add: exit {done.returncode}: {done.stdout.strip()}")

    # -- cases -------------------------------------------------------------------------------------------------------
    def case(self, name, function, *arguments, seconds=CASE_SECONDS, setup=False):
        """SETUP: what later cases need; run whichever are wanted."""
        wanted = any(fnmatch.fnmatchcase(name, pattern) for pattern in self.only or ["*"])
        if not wanted and not setup:
            return
        self.fitting += wanted
        before, began = len(self.started), time.monotonic()
        print(f"--- {name}", file=self.log, flush=True)
        told = os.path.getsize(self.log.name)
        outcome = self._outcome(function, arguments, seconds)
        if self._is_wines(outcome) and self.repeated < REPEATS:
            self.repeated += 1
            print(f"again: {name}: {self._why(outcome)}", flush=True)
            self._end_since(before)
            told = os.path.getsize(self.log.name)
            outcome = self._outcome(function, arguments, seconds)
        self._count(name, outcome, told)
        print(f"    {time.monotonic() - began:.1f} s", file=self.log, flush=True)
        self._end_since(before)
        if isinstance(outcome, (KeyboardInterrupt, SystemExit)):
            raise outcome

    def _outcome(self, function, arguments, seconds):
        """None, or what it raised. That is in the log then, and keeps nothing of the case alive: no listener, no relay."""
        try:
            self._bounded(function, arguments, seconds)
            return None
        except BaseException as e:  # noqa: B036  (SystemExit too: a stop is no success)
            if isinstance(e, (CaseTimeout, subprocess.TimeoutExpired)):
                self._show_processes()
                self._show_said(e)
            if not isinstance(e, Skip):
                traceback.print_exc(file=self.log)
                self.log.flush()
            e.__context__ = e.__cause__ = None
            return e.with_traceback(None)

    def _is_wines(self, outcome):
        """Its trouble and not the case's. A time limit alone is none: a hang of ours may come once only."""
        return outcome is not None and not isinstance(outcome, Skip) and (
            self.wineserver_fell() or isinstance(outcome, NotStarted))

    def _count(self, name, outcome, told):
        if outcome is None:
            self.passed += 1
            print(f"ok {name}", flush=True)
        elif isinstance(outcome, Skip):
            self.skipped += 1
            print(f"skipped {name}: {outcome}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED {name}: {self._why(outcome)}", flush=True)
            self._show_log(told)

    def _why(self, e):
        return f"{'the wineserver fell over, ' if self.wineserver_fell() else ''}{type(e).__name__}: {' '.join(str(e).split())}"[:400]

    def _show_log(self, told):
        """The end of what the failed case has told the log: CI keeps no other file."""
        with open(self.log.name, "rb") as f:
            f.seek(told)
            lines = f.read().decode("utf-8", "replace").splitlines()
        for line in lines[-12:]:
            print(f"    | {line[:240]}", flush=True)

    def _show_said(self, e):
        """What a program that was waited for had said until then: one that has said its last word hung when it ended."""
        for what in ("output", "stderr"):
            said = getattr(e, what, None)
            if said:
                print(f"    {what} so far: {said[-2000:]!r}", file=self.log, flush=True)

    def _show_processes(self):
        """Where each thread of the prefix's programs waits, into the log."""
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                if f"WINEPREFIX={self.prefix}\0".encode() not in open(f"{folder}/environ", "rb").read():
                    continue
                print(folder, open(f"{folder}/cmdline", errors="replace").read().replace("\0", " ").strip(), file=self.log)
                for thread in glob.glob(f"{folder}/task/*"):
                    print("   ", *(open(f"{thread}/{what}", errors="replace").read().strip() for what in ("comm", "wchan", "syscall")),
                          file=self.log)
            except OSError:
                pass  # it has ended
        self.log.flush()

    @staticmethod
    def _bounded(function, arguments, seconds):
        signal.alarm(seconds)
        try:
            function(*arguments)
        finally:
            signal.alarm(0)

    def _end_since(self, before):
        for p in self.started[before:]:
            self.stop(p)
        del self.started[before:]
        if self.wineserver_fell():
            self._hold_prefix()

    def end(self, peer_version):
        self.stop_all()
        if not self.fitting:  # a pattern that fits nothing is no success
            self.failed += 1
            print(f"FAILED {self.name}: no case was run, INTEROP_CASES={self.only}", flush=True)
        print(f"interop-{self.name} (peer {peer_version}): {self.passed} passed, {self.failed} failed, "
              f"{self.skipped} skipped", flush=True)
        sys.exit(1 if self.failed else 0)


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def check_equal(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: {got!r}, expected {expected!r}")


def refused(function, *arguments, by=Exception):
    """The peer must refuse. Returns what it raised."""
    try:
        function(*arguments)
    except NO_REFUSAL:
        raise
    except by as e:
        return e
    raise AssertionError("the peer did not refuse it")


def flip(data, bit):
    """DATA with one bit spoilt; negative bits count from the end."""
    bit %= 8 * len(data)
    spoilt = bytearray(data)
    spoilt[bit // 8] ^= 1 << (bit % 8)
    return bytes(spoilt)


def version_of(*command):
    try:
        text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20).stdout
        return " ".join(text.splitlines()[0].split(" (")[0].split()[:4])
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "?"


def package_version(package):
    """Of a package of Debian's; of several architectures' the first."""
    return version_of("dpkg-query", "-Wf", "${Version}\n", package)


def need(*programs):
    for p in programs:
        if not shutil.which(p):
            raise Skip(f"{p} is not installed: setup/packages.sh check")


def build_go(interop, name):
    """native/NAME by Debian's own Go, without the network; the program's path. What of Go's library is compiled for it
    stays in the cache: it takes longer than all the tests of the program."""
    need(GO)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    cache = (os.environ.get("OPENSSPI_CACHE") or f"{base}/opensspi") + "/go"
    environment = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOTOOLCHAIN": "local",
                   "CGO_ENABLED": "0", "GOCACHE": cache, "HOME": cache, "PATH": os.environ["PATH"]}
    program = f"{interop.out}/{name}"
    subprocess.run([GO, "build", "-o", program, "."], cwd=f"{ROOT}/tests/interop/native/{name}", env=environment,
                   check=True, timeout=300, stdout=interop.log, stderr=interop.log)
    return program


def port_of(process):
    """The port that a server of ours wrote to its stdout."""
    line = process.stdout.readline()
    found = re.match(r"PORT (\d+)", line if isinstance(line, str) else line.decode())
    if not found:
        code, is_wines = process.wait(10), os.path.basename(process.args[0]).startswith("wine")
        raise (NotStarted if is_wines and code == 1 and not line else RuntimeError)(
            f"the server did not start: {line!r}, exit {code}")
    return int(found.group(1))


def close_listener(listener):
    """Also where a thread waits for somebody who never comes: closed alone it would stay open for that thread."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()


class Spoiler:
    """A TCP relay to PORT that flips one bit: WHERE(direction, record, bytes) -> bytes sees every TLS record.

    direction is "up" (to the server) or "down"; record counts from 0 per direction.
    """

    def __init__(self, port, where):
        self.port_to, self.where = port, where
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port_to), 20)
        except OSError:
            return
        up = threading.Thread(target=self._pump, args=("up", client, server), daemon=True)
        up.start()
        self._pump("down", server, client)
        up.join(20)
        client.close()
        server.close()

    def _pump(self, direction, source, target):
        held, count = b"", 0
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                held += data
                while len(held) >= 5 and len(held) >= 5 + int.from_bytes(held[3:5], "big"):
                    size = 5 + int.from_bytes(held[3:5], "big")
                    target.sendall(self.where(direction, count, held[:size]))
                    held, count = held[size:], count + 1
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        close_listener(self.listener)
