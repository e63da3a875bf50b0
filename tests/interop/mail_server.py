#!/usr/bin/python3 -B
"""A mail server that takes one client with AUTH GSSAPI (RFC 4954, RFC 4752), by MIT's library: "PORT n", then "who NAME" or "refused
WORDS". A program of its own, since python-gssapi is Debian's and the scripts' other peers are not."""
import base64
import socket

import gssapi

NO_LAYER = b"\x01\x00\x00\x00"  # RFC 4752 3.3: the layers on offer, and no size


class Line:
    def __init__(self, stream):
        self.file = stream.makefile("rwb", buffering=0)

    def say(self, text):
        self.file.write(text.encode() + b"\r\n")

    def challenge(self, data):
        self.say("334 " + base64.b64encode(data).decode())
        return base64.b64decode(self.hear(), validate=True)

    def hear(self):
        line = self.file.readline()
        if not line:
            raise EOFError("the client has gone")
        return line.decode().rstrip()


def login(line, first):
    """Who has logged in: the context, then the layer that the client chooses, under the session's key."""
    context = gssapi.SecurityContext(creds=gssapi.Credentials(usage="accept"), usage="accept")
    token = base64.b64decode(first[2]) if len(first) > 2 else line.challenge(b"")
    while True:
        answer = context.step(token)
        if not answer:  # without mutual authentication the offer comes at once
            break
        token = line.challenge(answer)
        if context.complete:
            break
    chosen = context.unwrap(line.challenge(context.wrap(NO_LAYER, False).message)).message
    if chosen[:4] != NO_LAYER:
        raise ValueError(f"the client chose {chosen!r}")
    return context.initiator_name


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("PORT", listener.getsockname()[1], flush=True)
        listener.settimeout(60)
        stream = listener.accept()[0]
    stream.settimeout(40)
    line = Line(stream)
    line.say("220 localhost")
    line.hear()
    line.say("250-localhost\r\n250 AUTH GSSAPI")
    try:
        who = login(line, line.hear().split())
    except (gssapi.exceptions.GSSError, ValueError) as e:
        print("refused", " ".join(str(e).split()), flush=True)
        line.say("535 no")
        return
    print("who", who, flush=True)
    line.say("235 yes")
    while line.hear().upper() != "QUIT":
        line.say("250 done")
    line.say("221 bye")


main()
