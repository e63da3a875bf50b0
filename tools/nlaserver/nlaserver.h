/* nlaserver: an RDP server as far as NLA, and no further. Plain Win32 and SSPI, nothing of
 * opensspi's own: what it does, any Windows program can do. Who may log in is the package's to know
 * (under opensspi: msv1_0's accounts). Each connection is a thread's; nothing is shared but the
 * credential, the settings and the counters. */
#ifndef NLASERVER_H
#define NLASERVER_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <wincrypt.h>
#include <security.h>
#include <stdint.h>

enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_TROUBLE = 3 };
enum { TEXT_MAX = 256, CLIENTS_DEFAULT = 128, CLIENTS_MAX = 512 };

/* arguments.c */
struct settings {
    WCHAR address[64], subject[TEXT_MAX], thumbprint[41], denied[TEXT_MAX];
    unsigned short port;  /* 0: a free one */
    BOOL machine;         /* the certificate is in the machine's MY store, not the user's */
    DWORD tls_disabled;   /* grbitDisabledProtocols */
    DWORD clients;        /* at most so many at once; others wait to be accepted */
    LONG connections;     /* ends after so many; 0: no end */
    BOOL until_eof;       /* ends when standard input does */
    BOOL restricted_admin, early_authorization; /* whether they are offered */
};
/* Fills S; 0 when all is well, else EXIT_USAGE after saying what is wrong. */
int arguments_parse(int argc, WCHAR **argv, struct settings *s);

/* certificate.c: with its key. What certificate_make made in a key container goes away with
 * certificate_forget. NULL after saying why. */
PCCERT_CONTEXT certificate_find(const WCHAR *thumbprint, BOOL machine);
PCCERT_CONTEXT certificate_make(const WCHAR *subject);
void certificate_forget(void);

/* stream.c: a socket with a time limit. What came but was not taken yet stays in BUFFER. */
enum { BUFFER_MAX = 1 << 17 };
struct stream {
    SOCKET socket;
    uint8_t *buffer;    /* BUFFER_MAX bytes of the process heap */
    DWORD size;         /* bytes in BUFFER */
    ULONGLONG deadline; /* GetTickCount64: nothing is waited for after it */
};
/* Takes SOCKET over. FALSE: no memory; SOCKET is closed. */
BOOL stream_open(struct stream *s, SOCKET socket);
/* At least one more byte into BUFFER. FALSE: closed, timed out, or the buffer is full. */
BOOL stream_receive(struct stream *s);
/* BUFFER has at least SIZE bytes, which must be at most BUFFER_MAX. */
BOOL stream_need(struct stream *s, DWORD size);
void stream_drop(struct stream *s, DWORD size);
BOOL stream_send(struct stream *s, const void *data, DWORD size);
void stream_close(struct stream *s);

/* x224.c: [MS-RDPBCGR] 2.2.1.1, 2.2.1.2 */
enum { PROTOCOL_SSL = 1, PROTOCOL_HYBRID = 2, PROTOCOL_HYBRID_EX = 8 };
struct negotiated {
    DWORD protocol;        /* PROTOCOL_HYBRID or PROTOCOL_HYBRID_EX */
    BOOL restricted_admin; /* asked for by the client, and offered */
};
/* NULL when it came to an answer, else what was wrong with the request: a sentence's end. */
const char *x224_negotiate(
        struct stream *s, const struct settings *settings, struct negotiated *out);

/* login.c: CredSSP through the package "CREDSSP", and what it then knows of the client. */
struct login {
    CtxtHandle context;
    BOOL has_context;
    WCHAR user[2 * TEXT_MAX];      /* DOMAIN\user, as the package says; empty: it does not */
    WCHAR package[32];             /* the package inside; only if it does not say the user */
    WCHAR delegated[2 * TEXT_MAX]; /* the same of the credentials; empty: no user name in them */
    BOOL with_password;            /* whether they have one */
    BOOL remote_guard;             /* they are tickets for Remote Credential Guard, or the like */
    const char *tls;               /* "TLS 1.3" */
};
/* The server's credential. SEC_E_OK, or what AcquireCredentialsHandle says. */
SECURITY_STATUS login_acquire(
        PCCERT_CONTEXT certificate, const struct settings *settings, CredHandle *credential);
/* SEC_E_OK: L is filled in. SEC_I_CONTEXT_EXPIRED: the client has gone in the middle. */
SECURITY_STATUS login_accept(CredHandle *credential, struct stream *s, struct login *l);
/* One record with SIZE bytes, of at most 64. */
BOOL login_send(struct login *l, struct stream *s, const void *data, DWORD size);
/* close_notify. */
void login_shutdown(struct login *l, struct stream *s);
void login_end(struct login *l);

/* session.c: one connection from its first byte to its last; takes SOCKET over. */
void session_run(const struct settings *settings, CredHandle *credential, SOCKET socket,
        LONG number);

/* log.c: one line per event on the standard output, whole lines whatever the threads do. Nothing
 * in it is a secret; what a client chose cannot steer the terminal. */
void say(const WCHAR *format, ...);
/* Says what failed, with the code; EXIT_TROUBLE. */
int trouble(const char *what, ULONG code);
/* The name that winerror.h has for STATUS, or "". */
const char *status_name(SECURITY_STATUS status);
enum outcome { LOGGED_IN, REFUSED, BROKEN, OUTCOMES };
void count(enum outcome outcome);
/* How many are connected at this moment: +1 and -1. */
void count_present(LONG step);
void say_counts(void);

#endif
