"""Apache: by hand, with a configuration of its own; no service, nothing of /etc/apache2. With mod_auth_gssapi (Apache), or with
mod_ssl (TlsApache)."""
import os
import pwd
import re
import shutil
import socket
import tempfile
import time

from harness import Skip, package_version, version_of

MODULES = "/usr/lib/apache2/modules"
COMMON = """ServerRoot {dir}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {dir}/pid
DefaultRuntimeDir {dir}
Mutex file:{dir}
ErrorLog {dir}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
{user}
StartServers 1
ThreadsPerChild 4
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
CustomLog {dir}/access.log who
DocumentRoot {dir}/pages
"""
GSSAPI = """LogLevel info auth_gssapi:debug
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule auth_gssapi_module {modules}/mod_auth_gssapi.so
LogFormat "%>s <%u>" who
DirectoryIndex index.html
<Location />
  AuthType GSSAPI
  AuthName interop
  {mechanisms}
  GssapiConnectionBound On
  Require valid-user
</Location>
"""
# /closed wants a client's certificate, which is asked for when the request for it has come. Unsafe: tlspeer's lines end in LF
TLS = """LogLevel info ssl:debug
HttpProtocolOptions Unsafe
LoadModule ssl_module {modules}/mod_ssl.so
LogFormat "%>s %U %{{SSL_PROTOCOL}}x %{{SSL_CLIENT_VERIFY}}x <%{{SSL_CLIENT_S_DN_CN}}x>" who
SSLEngine on
SSLProtocol -all +TLSv{version}
SSLSessionCache none
SSLCertificateFile {dir}/server.pem
SSLCertificateKeyFile {dir}/server.key
SSLCACertificateFile {dir}/root.pem
<Location /closed>
  SSLVerifyClient require
  SSLVerifyDepth 1
</Location>
"""


class Httpd:
    """An apache2 of a CONFIGURATION, with its files in .dir."""

    def __init__(self, pages):
        # Apache's worker is another user when root starts it: OUTDIR may be out of its reach
        self.dir = tempfile.mkdtemp(prefix="opensspi-apache-")
        os.mkdir(f"{self.dir}/pages")
        for page in pages:
            with open(f"{self.dir}/pages/{page}", "w", encoding="utf-8") as f:
                f.write("the page\n")

    def start(self, interop, configuration, environment, **more):
        user = ""
        if os.getuid() == 0:
            who = pwd.getpwnam("www-data")
            user = "User www-data\nGroup www-data"
            for name in ("", *os.listdir(self.dir)):
                os.chown(f"{self.dir}/{name}", who.pw_uid, who.pw_gid)
        for _try in range(3):
            with socket.create_server(("127.0.0.1", 0)) as s:
                self.port = s.getsockname()[1]
            with open(f"{self.dir}/apache.conf", "w", encoding="utf-8") as f:
                f.write((COMMON + configuration).format(dir=self.dir, port=self.port, modules=MODULES, user=user, **more))
            if self._listens(interop, environment):
                return
        said = self.errors()
        shutil.rmtree(self.dir, ignore_errors=True)
        raise RuntimeError(f"apache2 does not start: {said}")

    def _listens(self, interop, environment):
        self.process = interop.start(["apache2", "-d", self.dir, "-f", f"{self.dir}/apache.conf", "-DFOREGROUND"],
                                     env=environment)
        for _wait in range(100):
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.1)
        return False

    def errors(self, size=2000):
        try:
            with open(f"{self.dir}/error.log", encoding="utf-8", errors="replace") as f:
                return f.read()[-size:]
        except OSError:
            return "no error.log"

    def stop(self, interop):
        print(self.errors(), file=interop.log)
        interop.stop(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)


def need(module):
    if not shutil.which("apache2") or not os.path.exists(f"{MODULES}/mod_{module}.so"):
        raise Skip(f"apache2-bin or mod_{module} is not installed: setup/packages.sh check")


class TlsApache(Httpd):
    """One TLS VERSION. SERVER: certificate and key, as paths without suffix; ROOT: of clients. Pages: /open, /closed."""

    def __init__(self, interop, version, server, root):
        need("ssl")
        super().__init__(("open", "closed"))
        for source, target in ((f"{server}.pem", "server.pem"), (f"{server}.key", "server.key"), (f"{root}.pem", "root.pem")):
            shutil.copy(source, f"{self.dir}/{target}")
        self.start(interop, TLS, dict(os.environ, LC_ALL="C.UTF-8"), version=version)

    def requests(self):
        """(status, path, protocol, SSL_CLIENT_VERIFY, the client's name) of each, when it has ended: no more can come."""
        self.process.terminate()
        self.process.wait(20)
        with open(f"{self.dir}/access.log", encoding="utf-8") as f:
            return [tuple(x.rstrip("\n").split(" ", 4)) for x in f]


class Apache(Httpd):
    """ACCOUNTS: (user, domain, password), for NTLM. MECHANISMS: as mod_auth_gssapi names them. VARIABLES: of a realm, for
    Kerberos."""

    def __init__(self, interop, accounts, mechanisms=("ntlmssp",), variables=None):
        need("auth_gssapi")
        super().__init__(("page", "index.html"))
        with open(os.open(f"{self.dir}/users", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
            f.writelines(f"{d}:{u}:{p}\n" for u, d, p in accounts)
        environment = dict(os.environ, NTLM_USER_FILE=f"{self.dir}/users", LC_ALL="C.UTF-8")
        if variables:
            environment.update(self._kerberos(variables))
        self.start(interop, GSSAPI, environment, mechanisms="\n  ".join(f"GssapiAllowedMech {m}" for m in mechanisms))

    def _kerberos(self, variables):
        """What its worker needs, where it can read it."""
        shutil.copy(variables["KRB5_CONFIG"], f"{self.dir}/krb5.conf")
        shutil.copy(variables["KRB5_KTNAME"].removeprefix("FILE:"), f"{self.dir}/keytab")
        return dict(variables, KRB5_CONFIG=f"{self.dir}/krb5.conf", KRB5_KTNAME=f"FILE:{self.dir}/keytab", KRB5RCACHEDIR=self.dir)

    def last_user(self, status):
        """Who the last request with that status was, as Apache logs it: within a second."""
        for _wait in range(20):
            with open(f"{self.dir}/access.log", encoding="utf-8") as f:
                lines = [x for x in f if x.startswith(f"{status} ")]
            if lines:
                text = re.search("<(.*)>", lines[-1]).group(1)
                return text.encode().decode("unicode_escape").encode("latin-1").decode()
            time.sleep(0.05)
        return None


def version():
    return (version_of("apache2", "-v").replace("Server version: ", "") + ", gss-ntlmssp "
            + package_version("gss-ntlmssp"))
