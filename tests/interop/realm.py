#!/usr/bin/python3 -B
"""A Kerberos realm of the tests' own: MIT's KDC on a free port of loopback, everything it has in one folder.

    realm.py FOLDER     makes the realm, writes FOLDER/environment (lines for a shell's ".") and "READY", and serves until
                        its stdin ends

A script starts Realm(folder, start) with the harness's Interop.start, or with subprocess.Popen. What is in FOLDER:
krb5.conf, dead.conf (the same realm, whose KDC nobody answers for), service.keytab (all service names), foreign.keytab
(the same names and key versions, other keys: whoever accepts with it can read no ticket).
"""
import os
import socket
import struct
import subprocess
import sys
import time

REALM = "OPENSSPI.TEST"
SERVICES = ("host", "HTTP", "TERMSRV", "ldap")
# user: password, options of kadmin's add_principal
USERS = {
    "alice": ("Correct-Horse-7", ""),
    "bob": ("Пароль-ß-日本-𝄞", ""),
    "Jürgen_Ωé": ("Correct-Horse-8", ""),
    "carol": ("Correct-Horse-12", "+requires_preauth"),
    "gone": ("Correct-Horse-9", "-expire 2020-01-01"),
    "stale": ("Correct-Horse-10", "-pwexpire 2020-01-01"),
    "disabled": ("Correct-Horse-11", "-allow_tix"),
}
# No DNS anywhere: a test machine has none, and what it says would be no fact of the test's
KRB5_CONF = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
{hosts}"""
KDC_CONF = """[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  max_life = 10h
  supported_enctypes = aes256-cts:normal aes128-cts:normal
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def wait_for_port(process, port, seconds=60):
    """Until PROCESS answers at PORT of loopback; False if it ends before that."""
    for _wait in range(seconds * 10):
        if process.poll() is not None:
            return False
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def foreign_keytab(source, target):
    """SOURCE with one bit of every key changed. The format (version 2): MIT's "keytab file format" page."""
    with open(source, "rb") as f:
        data = bytearray(f.read())
    at = 2
    while at + 4 <= len(data):
        size = struct.unpack_from(">i", data, at)[0]
        at += 4
        if size > 0:
            data[key_place(data, at)] ^= 1
        at += abs(size)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
        f.write(data)


def key_place(data, at):
    """Where the key of the entry at AT begins: behind the components' count, the realm and the components, name type,
    time, version, key type and key length."""
    count = struct.unpack_from(">H", data, at)[0]
    at += 2
    for _part in range(count + 1):
        at += 2 + struct.unpack_from(">H", data, at)[0]
    return at + 4 + 4 + 1 + 2 + 2


class Tickets:
    """What a realm's processes are given: VARIABLES(ccache=, config=) is the heir's, and so is users, whose first item is the password."""

    def environment(self, **names):
        return dict(os.environ, **self.variables(**names))

    def kinit(self, user, password=None, ccache=None, **names):
        """A ticket for USER, with the password from users; the ticket cache's name. CalledProcessError with kinit's words."""
        ccache = ccache or user
        password = self.users[user][0] if password is None else password
        subprocess.run(["kinit", user], env=self.environment(ccache=ccache, **names), input=password + "\n", check=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=60)
        return ccache



class Realm(Tickets):
    """START(command, **options) starts a process as subprocess.Popen does; who gave it ends the KDC."""

    users = USERS

    def __init__(self, folder, start=subprocess.Popen, hosts=("localhost",)):
        self.folder, self.hosts = os.path.abspath(folder), hosts
        os.makedirs(self.folder, exist_ok=True)
        for _try in range(3):  # somebody may take the port first
            self._configure(free_port())
            if not os.path.exists(f"{self.folder}/principal"):
                self._fill()
            # -n: in the foreground, so that its pid is the one we know
            self.process = start(["krb5kdc", "-n", "-P", f"{self.folder}/pid"], env=self.environment(),
                                 stdin=subprocess.DEVNULL)
            if wait_for_port(self.process, self.port):
                return
            self.process.wait(10)
        raise RuntimeError(f"krb5kdc does not start: {self.folder}/kdc.log")

    def _configure(self, port):
        self.port = port
        hosts = "".join(f" {h} = {REALM}\n" for h in self.hosts)
        # Port 1 of loopback: the connection is refused at once
        for name, kdc in (("krb5.conf", port), ("dead.conf", 1)):
            with open(f"{self.folder}/{name}", "w", encoding="utf-8") as f:
                f.write(KRB5_CONF.format(realm=REALM, port=kdc, hosts=hosts))
        with open(f"{self.folder}/kdc.conf", "w", encoding="utf-8") as f:
            f.write(KDC_CONF.format(realm=REALM, port=port, folder=self.folder))

    def _fill(self):
        run = {"env": self.environment(), "check": True, "timeout": 120, "stdout": subprocess.PIPE,
               "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
        subprocess.run(["kdb5_util", "create", "-s", "-P", "master-of-the-tests", "-r", REALM], **run)
        services = [f"{s}/{h}" for h in self.hosts for s in SERVICES]
        lines = [f'add_principal {options} -pw "{password}" "{user}"' for user, (password, options) in USERS.items()]
        lines += [f"add_principal -randkey {s}" for s in services]
        lines += [f"ktadd -k {self.folder}/service.keytab {s}" for s in services]
        told = subprocess.run(["kadmin.local", "-r", REALM], input="\n".join(lines) + "\n", **run).stdout
        if told.count(" created.") != len(USERS) + len(services) or not os.path.exists(f"{self.folder}/service.keytab"):
            raise RuntimeError(f"kadmin.local: {told}")
        foreign_keytab(f"{self.folder}/service.keytab", f"{self.folder}/foreign.keytab")

    def variables(self, ccache="none", config="krb5.conf", keytab="service.keytab"):
        """What a process needs of its environment: a ticket cache by its name in FOLDER, which may not be there."""
        f = self.folder
        return {"KRB5_CONFIG": f"{f}/{config}", "KRB5_KDC_PROFILE": f"{f}/kdc.conf", "KRB5RCACHEDIR": f,
                "KRB5CCNAME": f"FILE:{f}/{ccache}.ccache", "KRB5_KTNAME": f"FILE:{f}/{keytab}",
                "KRB5_CLIENT_KTNAME": f"FILE:{f}/no.keytab", "LC_ALL": "C.UTF-8"}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: realm.py FOLDER")
    realm = Realm(sys.argv[1])
    try:
        with open(f"{realm.folder}/environment", "w", encoding="utf-8") as f:
            f.writelines(f"export {k}={v}\n" for k, v in realm.variables(ccache="alice").items())
        realm.kinit("alice")
        print("READY", flush=True)
        sys.stdin.read()
    finally:
        realm.process.terminate()
        realm.process.wait(20)


if __name__ == "__main__":
    main()
