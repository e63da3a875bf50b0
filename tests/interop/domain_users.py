"""domain_users.py SMB.CONF {USER PASSWORD HOW}...: adds users to the database of a domain that is not running.

HOW: "" a user like others, "expired", "disabled", "must-change", or the SPN of a service that runs as that user.
Run by the machine's own Python, which Samba's modules belong to.
"""
import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB


def add(db, user, password, how):
    db.newuser(user, password, force_password_change_at_next_login_req=how == "must-change")
    found = f"(sAMAccountName={user})"
    if how == "expired":
        db.setexpiry(found, 0, False)
        db.modify_ldif(f"dn: {dn(db, found)}\nchangetype: modify\nreplace: accountExpires\n"
                       "accountExpires: 132223104000000000\n")  # 2020-01-01 in units of 100 ns since 1601, [MS-ADTS] 2.464
    elif how == "disabled":
        db.disable_account(found)
    elif "/" in how:
        db.modify_ldif(f"dn: {dn(db, found)}\nchangetype: modify\nadd: servicePrincipalName\n"
                       f"servicePrincipalName: {how}\n")


def dn(db, found):
    return str(db.search(db.domain_dn(), 2, found, ["dn"])[0].dn)


def main():
    parameters = LoadParm()
    parameters.load(sys.argv[1])
    db = SamDB(session_info=system_session(), lp=parameters)
    words = sys.argv[2:]
    for at in range(0, len(words), 3):
        add(db, *words[at:at + 3])


main()
