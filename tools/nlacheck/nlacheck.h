/* nlacheck: can this user log in to this RDP server by NLA? Plain Win32 and SSPI, nothing of
 * opensspi's own: what it does, any Windows program can do. */
#ifndef NLACHECK_H
#define NLACHECK_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <security.h>
#include <stdint.h>

enum { EXIT_LOGGED_IN = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };
enum { TEXT_MAX = 512, TOKEN_MAX = 1 << 20 };

/* arguments.c */
struct arguments {
    WCHAR host[256], port[8];
    WCHAR user[TEXT_MAX], domain[TEXT_MAX], password[TEXT_MAX]; /* main wipes the whole structure */
};
/* Fills A; EXIT_LOGGED_IN when all is well, else EXIT_USAGE after saying what is wrong. */
int arguments_parse(int argc, WCHAR **argv, struct arguments *a);

/* net.c: a socket with a time limit on every call. What came but was not taken yet stays in BUFFER.
 */
struct peer {
    SOCKET socket;
    uint8_t *buffer;
    DWORD size;         /* bytes in BUFFER, of TOKEN_MAX */
    DWORD sent;         /* messages, so far */
    ULONGLONG deadline; /* GetTickCount64: nothing is waited for after it */
    /* The server has the proof of the password and has not answered it: closing now is a refusal.
     */
    BOOL proof_sent;
};
int peer_open(struct peer *p, const WCHAR *host, const WCHAR *port);
int peer_send(struct peer *p, const void *data, DWORD size);
/* At least one more byte into BUFFER. EXIT_TROUBLE after saying why: closed, timed out, full. */
int peer_receive(struct peer *p);
/* Exactly SIZE bytes out of the stream. */
int peer_take(struct peer *p, void *out, DWORD size);
/* Forgets the first SIZE bytes of BUFFER. */
void peer_drop(struct peer *p, DWORD size);
void peer_close(struct peer *p);

/* x224.c: [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2. */
enum { PROTOCOL_SSL = 1, PROTOCOL_HYBRID = 2, PROTOCOL_HYBRID_EX = 8 };
int x224_negotiate(struct peer *p, ULONG *protocol);

/* login.c: CredSSP through the package "CREDSSP". */
struct login {
    PSecurityFunctionTableW sspi;
    CredHandle credential;
    CtxtHandle context;
    BOOL has_credential, has_context;
    SecPkgContext_StreamSizes sizes;
};
int login_run(struct login *l, struct peer *p, const struct arguments *a);
/* The TLS stream after the login: one record with SIZE bytes; plaintext of one or more records into
 * OUT until SIZE bytes are there. */
int stream_send(struct login *l, struct peer *p, const void *data, DWORD size);
int stream_receive(struct login *l, struct peer *p, void *out, DWORD capacity, DWORD *size);
void login_end(struct login *l);

/* authorization.c, mcs.c: what the server says after the login. */
int authorization_read(struct login *l, struct peer *p);
int mcs_connect(struct login *l, struct peer *p, ULONG protocol);

/* report.c: one step a line. */
void step(const WCHAR *name, const WCHAR *format, ...);
/* Says why, gives the exit code that belongs to STATUS: refused or trouble. */
int report_failure(const WCHAR *what, SECURITY_STATUS status);
int trouble(const WCHAR *format, ...);
void report_certificate(struct login *l);
void report_package(struct login *l);

#endif
