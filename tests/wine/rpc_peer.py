#!/usr/bin/python3 -B
"""rpc_peer.py USERS: a DCE/RPC server on loopback that lets rpcrt4 log in with NTLM.

Login by pyspnego, messages protected by impacket's NTLM functions (interop/rpcd.py); USERS is an NTLM_USER_FILE
(DOMAIN:user:password a line). Writes "PORT n", then serves until it is ended: every procedure turns the bytes of its argument
round. What does not verify ends the connection.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from harness import use_peers  # noqa: E402

use_peers()
import rpcd  # noqa: E402
import spnego  # noqa: E402


def login():
    return spnego.server(hostname="localhost", service="RPC", protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)


def main():
    os.environ["NTLM_USER_FILE"] = sys.argv[1]
    server = rpcd.Server(login, lambda stub: stub[::-1])
    print(f"PORT {server.port}", flush=True)
    server.serve()


main()
