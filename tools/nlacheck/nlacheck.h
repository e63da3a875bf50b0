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
enum mode { MODE_PASSWORD, MODE_RESTRICTED_ADMIN, MODE_REMOTE_GUARD };
struct arguments {
    WCHAR host[256], port[8];
    WCHAR user[TEXT_MAX], domain[TEXT_MAX], password[TEXT_MAX]; /* main wipes the whole structure */
    WCHAR target[TEXT_MAX];   /* the SPN; TERMSRV/HOST if none was given */
    WCHAR packages[TEXT_MAX]; /* SEC_WINNT_AUTH_IDENTITY_EX's PackageList; empty: all */
    enum mode mode;           /* what is delegated */
    BOOL saved;               /* no credentials but those of Credential Manager */
    BOOL auth_only;           /* the end of NLA is the end */
    BOOL trace, json;
    BOOL version; /* what is here, instead of a login */
    DWORD repeat; /* how many logins, one after the other; 0: one, without a sum */
};
/* Fills A; EXIT_LOGGED_IN when all is well, else EXIT_USAGE after saying what is wrong. */
int arguments_parse(int argc, WCHAR **argv, struct arguments *a);

/* trace.c: what goes over the wire, in messages' kinds and sizes; no contents. */
struct trace {
    uint8_t head[6]; /* of the message that has begun */
    DWORD have;      /* bytes in HEAD */
    DWORD left;      /* bytes of the message that are still to come */
    BOOL ciphered;   /* a ChangeCipherSpec went by: no handshake message has a readable type now */
};
/* SIZE more bytes of one direction, in whatever pieces; a step for each message that begins. */
void trace_feed(struct trace *t, const WCHAR *arrow, const void *data, DWORD size);

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
    BOOL traced;
    struct trace to_server, to_client;
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
/* A server that does not offer the mode that is asked for is trouble. */
int x224_negotiate(struct peer *p, enum mode mode, ULONG *protocol);

/* login.c: CredSSP through the package "CREDSSP". */
struct login {
    PSecurityFunctionTableW sspi;
    CredHandle credential;
    CtxtHandle context;
    BOOL has_credential, has_context;
    ULONG request; /* ISC_REQ_ flags */
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

/* version.c: this program, the SSPI that it found, and its packages. */
int version_show(void);

/* report.c: one step a line, or one JSON object a login. */
enum report { REPORT_STEPS, REPORT_RESULTS, REPORT_JSON }; /* RESULTS: of failures only */
void report_begin(enum report how);
/* The login has ended with CODE. */
void report_end(int code);
/* How far a repetition has come (DONE of ALL), on the error output; and at its end, on the output. */
void report_progress(DWORD done, DWORD all, const DWORD counts[4]);
void report_sum(BOOL json, DWORD all, const DWORD counts[4], ULONGLONG milliseconds);
void step(const WCHAR *name, const WCHAR *format, ...);
/* Says why, gives the exit code that belongs to STATUS: refused or trouble. */
int report_failure(const WCHAR *what, SECURITY_STATUS status);
int trouble(const WCHAR *format, ...);
void report_certificate(struct login *l);
void report_package(struct login *l);

#endif
