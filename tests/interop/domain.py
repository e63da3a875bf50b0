"""An Active Directory domain of the tests' own: Samba's domain controller in a network namespace, everything in one folder.

Its ports are fixed (88, 389, 445, ...), so the script that uses it calls private_network() first, before it starts
anything: from then on it and all that it starts, Wine included, are on a loopback of their own. The namespaces end with
their last process; Samba ends with the script, however that ends, since it watches the pipe that is its stdin.
"""
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from harness import ROOT, Interop, Skip, find_wine
from realm import Tickets, wait_for_port

DNS, REALM, NETBIOS, HOST = "ad.test", "AD.TEST", "ADTEST", "dc.ad.test"
# Where a test may listen at the same ports. The controller is RELAY too, by a service name (ldap/); it knows nothing of OTHER
RELAY, OTHER = ("127.0.0.2", f"relay.{DNS}"), ("127.0.0.3", f"other.{DNS}")
ADMINISTRATOR = ("Administrator", "Admin-Horse-7")
# user: password, what is wrong with it (domain_users.py)
USERS = {
    "alice": ("Correct-Horse-7", ""),
    "Jürgen_Ωé": ("Пароль-ß-日本-7", ""),
    "gone": ("Correct-Horse-9", "expired"),
    "disabled": ("Correct-Horse-11", "disabled"),
    "stale": ("Correct-Horse-10", "must-change"),
    "web": ("Service-Horse-7", "HTTP/web.ad.test"),  # a service: its name is its SPN
    "rdp": ("Service-Horse-8", "TERMSRV/web.ad.test"),
}
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000  # unshare(2)
# An address's first name is the one that it has in reverse, by which Wine's wldap32 goes
HOSTS = (f"127.0.0.1 {HOST} dc web.{DNS} web localhost {socket.gethostname()}\n"
         f"{RELAY[0]} {RELAY[1]}\n{OTHER[0]} {OTHER[1]}\n")
# winbindd, without which smbd lets nobody in. No TLS: a key for it takes longer than all else
SMB_CONF = """[global]
 netbios name = DC
 realm = {realm}
 workgroup = {netbios}
 server role = active directory domain controller
 server services = rpc, ldap, cldap, kdc, winbindd, s3fs
 interfaces = lo
 bind interfaces only = yes
 tls enabled = no
 log level = 1 auth_json_audit:4 kerberos:3
 disable spoolss = yes
 private dir = {d}/private
 state directory = {d}/state
 cache directory = {d}/cache
 lock directory = {d}
 pid directory = {d}
 ncalrpc dir = {d}/ncalrpc
 binddns dir = {d}/bind-dns
 ntp signd socket directory = {d}/ntp
 log file = {d}/log.%m
[sysvol]
 path = {d}/state/sysvol
 read only = no
"""
KRB5_CONF = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = {kdc}
 }}
[domain_realm]
 {dns} = {realm}
 .{dns} = {realm}
"""


def private_network(prefix):
    """This process leaves the machine's network for a loopback of its own, with HOSTS for names. The wineserver of the
    PREFIX, whose sockets would be on the other network, has to end before."""
    if os.getuid() != 0:
        raise Skip("a network namespace needs root")
    wait_for_wineserver(prefix)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
        raise Skip(f"no network namespace here: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    # Samba's programs look for winbindd in /run/samba, whatever its configuration says
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", "/run"], check=True)
    os.mkdir("/run/samba", 0o755)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def wait_for_wineserver(prefix):
    """Ours keeps its namespaces as long as it lives: also for after the last case."""
    wine = os.environ.get("WINE") or find_wine()
    subprocess.run(["bash", "-c", '. "$1"; wine_server "$2" 30 -w', "-", f"{ROOT}/setup/common.sh", wine],
                   env=dict(os.environ, WINEPREFIX=prefix), stdout=sys.stderr, timeout=60)


def script(name, cases, version):
    """A script whose CASES(interop) run in a network of their own. However it ends, no wineserver stays behind in there: the
    prefix's next programs would have no other network."""
    missing = None
    try:
        private_network(sys.argv[1])
    except Skip as e:
        missing = e
    interop = Interop(name)
    try:
        if missing:
            interop.case("network", _skip, missing)
        else:
            cases(interop)
    finally:
        interop.stop_all()
        wait_for_wineserver(interop.prefix)
    interop.end(version)


def _skip(why):
    raise why


class Domain(Tickets):
    """START(command, **options) starts a process as subprocess.Popen does; who gave it closes its stdin, which ends it."""

    users = USERS

    def __init__(self, folder, start):
        self.folder = folder
        if not shutil.which("samba-tool") or not shutil.which("samba"):
            raise Skip("samba-ad-dc is not installed: setup/packages.sh check")
        os.makedirs(folder, exist_ok=True)
        self._hosts()
        self._provision()
        with open(f"{folder}/samba.log", "w", encoding="utf-8") as log:
            # One process, in the foreground, ended by the end of its stdin
            self.process = start(["samba", "--interactive", "--no-process-group", "--model=single", "-s",
                                  f"{folder}/etc/smb.conf"], stdin=subprocess.PIPE, stdout=log, stderr=log)
        for port in (389, 88, 445):
            if not wait_for_port(self.process, port):
                raise RuntimeError(f"samba does not start: {folder}/samba.log")

    def _hosts(self):
        for name, text in (("hosts", HOSTS), ("resolv.conf", "")):
            with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
                f.write(text)
            subprocess.run(["mount", "--bind", f"{self.folder}/{name}", f"/etc/{name}"], check=True)

    def _provision(self):
        d = self.folder
        with open(f"{d}/empty.conf", "w", encoding="utf-8"):
            pass
        run = {"check": True, "timeout": 400, "stdin": subprocess.DEVNULL, "env": dict(os.environ, LC_ALL="C.UTF-8")}
        with open(f"{d}/provision.log", "w", encoding="utf-8") as log:
            run.update(stdout=log, stderr=log)
            subprocess.run(["samba-tool", "domain", "provision", f"--configfile={d}/empty.conf", f"--targetdir={d}",
                            f"--realm={REALM}", f"--domain={NETBIOS}", "--server-role=dc", "--dns-backend=NONE",
                            "--host-name=dc", "--host-ip=127.0.0.1", f"--adminpass={ADMINISTRATOR[1]}"], **run)
            with open(f"{d}/etc/smb.conf", "w", encoding="utf-8") as f:
                f.write(SMB_CONF.format(realm=REALM, netbios=NETBIOS, d=d))
            for name, kdc in (("krb5.conf", "127.0.0.1"), ("dead.conf", "127.0.0.1:1")):
                with open(f"{d}/{name}", "w", encoding="utf-8") as f:
                    f.write(KRB5_CONF.format(realm=REALM, dns=DNS, kdc=kdc))
            users = [word for user, (password, how) in USERS.items() for word in (user, password, how)]
            # Samba's Python is the machine's own, not the virtual environment's
            subprocess.run(["/usr/bin/python3", "-B", f"{ROOT}/tests/interop/domain_users.py", f"{d}/etc/smb.conf",
                            *users], **run)
            subprocess.run(["samba_spnupdate", "-s", f"{d}/etc/smb.conf"], **run)  # Samba's own, at its start if it had DNS
            subprocess.run(["samba-tool", "spn", "add", f"ldap/{RELAY[1]}", "DC$", "-s", f"{d}/etc/smb.conf"], **run)
            for _password, how in USERS.values():
                if "/" in how:
                    subprocess.run(["samba-tool", "domain", "exportkeytab", f"{d}/service.keytab", "-s",
                                    f"{d}/etc/smb.conf", f"--principal={how}"], **run)

    def mark(self):
        """Where the controller's log ends now, for event()."""
        return os.path.getsize(f"{self.folder}/samba.log")

    def event(self, mark, kind, wanted, wait=True):
        """The first of what the controller itself wrote since MARK about logins, KIND "Authentication" (NTLM and the
        KDC) or "Authorization" (sessions), that WANTED(event) takes; within some seconds, or by now. smb.conf(5), "log level"."""
        for _wait in range(100 if wait else 1):
            with open(f"{self.folder}/samba.log", encoding="utf-8", errors="replace") as f:
                f.seek(mark)
                for line in f:
                    if line.startswith("{") and line.endswith("\n"):
                        event = json.loads(line)
                        if event["type"] == kind and wanted(event[kind]):
                            return event[kind]
            time.sleep(0.1)
        return None

    def asked(self, mark):
        """The service names that the KDC was asked for since MARK."""
        with open(f"{self.folder}/samba.log", encoding="utf-8", errors="replace") as f:
            f.seek(mark)
            return re.findall(r"^Kerberos: TGS-REQ \S+ from \S+ for (\S+) \[", f.read(), re.MULTILINE)

    def variables(self, ccache="none", config="krb5.conf"):
        d = self.folder
        return {"KRB5_CONFIG": f"{d}/{config}", "KRB5CCNAME": f"FILE:{d}/{ccache}.ccache", "KRB5RCACHEDIR": d,
                "KRB5_KTNAME": f"FILE:{d}/service.keytab", "KRB5_CLIENT_KTNAME": f"FILE:{d}/no.keytab",
                "LC_ALL": "C.UTF-8"}
