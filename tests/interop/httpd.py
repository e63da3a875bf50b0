"""Apache with mod_auth_gssapi: by hand, with a configuration of its own; no service, nothing of /etc/apache2."""
import os
import pwd
import re
import shutil
import socket
import tempfile
import time

from harness import Skip, version_of

MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """ServerRoot {dir}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {dir}/pid
DefaultRuntimeDir {dir}
Mutex file:{dir}
ErrorLog {dir}/error.log
LogLevel info auth_gssapi:debug
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule auth_gssapi_module {modules}/mod_auth_gssapi.so
{user}
StartServers 1
ThreadsPerChild 4
MaxRequestWorkers 4
LogFormat "%>s <%u>" who
CustomLog {dir}/access.log who
DirectoryIndex index.html
DocumentRoot {dir}/pages
<Location />
  AuthType GSSAPI
  AuthName interop
  {mechanisms}
  GssapiConnectionBound On
  Require valid-user
</Location>
"""


class Apache:
    """ACCOUNTS: (user, domain, password), for NTLM. MECHANISMS: as mod_auth_gssapi names them. VARIABLES: of a realm, for
    Kerberos."""

    def __init__(self, interop, accounts, mechanisms=("ntlmssp",), variables=None):
        if not shutil.which("apache2") or not os.path.exists(f"{MODULES}/mod_auth_gssapi.so"):
            raise Skip("apache2-bin or mod_auth_gssapi is not installed: setup/packages.sh check")
        # Apache's worker is another user when root starts it: OUTDIR may be out of its reach
        self.dir = tempfile.mkdtemp(prefix="opensspi-apache-")
        os.mkdir(f"{self.dir}/pages")
        for page in ("page", "index.html"):
            with open(f"{self.dir}/pages/{page}", "w", encoding="utf-8") as f:
                f.write("the page\n")
        with open(f"{self.dir}/users", "w", encoding="utf-8") as f:
            f.writelines(f"{d}:{u}:{p}\n" for u, d, p in accounts)
        self.mechanisms = "\n  ".join(f"GssapiAllowedMech {m}" for m in mechanisms)
        self.environment = dict(os.environ, NTLM_USER_FILE=f"{self.dir}/users", LC_ALL="C.UTF-8")
        if variables:
            self._kerberos(variables)
        user = ""
        if os.getuid() == 0:
            who = pwd.getpwnam("www-data")
            user = "User www-data\nGroup www-data"
            for name in ("", *os.listdir(self.dir)):
                os.chown(f"{self.dir}/{name}", who.pw_uid, who.pw_gid)
        os.chmod(f"{self.dir}/users", 0o600)
        for _try in range(3):
            if self._start(interop, user):
                return
        raise RuntimeError(f"apache2 does not start: {self.errors()}")

    def _kerberos(self, variables):
        """What its worker needs, where it can read it."""
        shutil.copy(variables["KRB5_CONFIG"], f"{self.dir}/krb5.conf")
        shutil.copy(variables["KRB5_KTNAME"].removeprefix("FILE:"), f"{self.dir}/keytab")
        self.environment.update(variables, KRB5_CONFIG=f"{self.dir}/krb5.conf", KRB5_KTNAME=f"FILE:{self.dir}/keytab",
                                KRB5RCACHEDIR=self.dir)

    def _start(self, interop, user):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        with open(f"{self.dir}/apache.conf", "w", encoding="utf-8") as f:
            f.write(CONFIGURATION.format(dir=self.dir, port=self.port, modules=MODULES, user=user,
                                         mechanisms=self.mechanisms))
        self.process = interop.start(["apache2", "-d", self.dir, "-f", f"{self.dir}/apache.conf", "-DFOREGROUND"],
                                     env=self.environment)
        for _wait in range(100):
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.1)
        return False

    def errors(self):
        try:
            with open(f"{self.dir}/error.log", encoding="utf-8", errors="replace") as f:
                return f.read()[-2000:]
        except OSError:
            return "no error.log"

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

    def stop(self, interop):
        print(self.errors(), file=interop.log)
        interop.stop(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)


def version():
    return (version_of("apache2", "-v").replace("Server version: ", "") + ", gss-ntlmssp "
            + version_of("dpkg-query", "-Wf", "${Version}", "gss-ntlmssp"))
