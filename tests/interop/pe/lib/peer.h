/* What the peers of the interop tests share: plain Win32 and SSPI, nothing of opensspi's own. What
 * they do, any Windows program can do; a driver outside in tests/interop judges it.
 */
#ifndef INTEROP_PEER_H
#define INTEROP_PEER_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <wincrypt.h>
#include <security.h>
#include <stdint.h>

/* A growing run of bytes. Programs here live for one test: nobody frees one before the end. */
struct run {
    uint8_t *data;
    DWORD size, capacity;
};
/* Ends the program when there is no memory or more than 16 MiB are asked for. */
void run_add(struct run *r, const void *data, DWORD size);
/* Forgets the first SIZE bytes. */
void run_drop(struct run *r, DWORD size);

/* args.c: NAME=VALUE arguments after the fixed ones. */
extern int arg_count;
extern WCHAR **arg_values;
const WCHAR *option(const WCHAR *name, const WCHAR *otherwise);
/* acquire.c: what user=, domain= and password= say, as views. */
SEC_WINNT_AUTH_IDENTITY_W identity_option(void);
/* Says WHAT on stderr with STATUS and ends the program with exit code 3. */
__attribute__((noreturn)) void fail(const char *what, ULONG status);

/* settings.c: TEXTS are NAME=VALUE in UTF-8, each ended by a NUL, and take the place of all options. */
void options_replace(const uint8_t *texts, DWORD size);
/* "KEY NUL VALUE NUL" in UTF-8 below HKLM, 64-bit view, then a DWORD in big-endian, or nothing: the value
 * goes away. */
SECURITY_STATUS registry_set(const uint8_t *data, DWORD size);

/* net.c: TCP on loopback, 30 s for each call. */
SOCKET net_connect(const WCHAR *host, const WCHAR *port);
/* A free loopback port, written to stdout as "PORT n". */
SOCKET net_listen(void);
BOOL net_send(SOCKET s, const void *data, DWORD size);
/* Appends what comes, at least one byte. FALSE: closed, or broken. */
BOOL net_receive(SOCKET s, struct run *r);
/* Exactly SIZE bytes. */
BOOL net_take(SOCKET s, void *out, DWORD size);

/* certificate.c: a new self-signed RSA certificate for SUBJECT ("CN=localhost"), key in a container
 * of this prefix. */
PCCERT_CONTEXT certificate_make(const WCHAR *subject);
void certificate_save(PCCERT_CONTEXT certificate, const WCHAR *path);
/* The certificate in PATH (DER) becomes one of this prefix's trusted roots. */
void certificate_trust(const WCHAR *path);
/* The certificate in PATH.cer with its key in PATH.blob (a CryptoAPI PRIVATEKEYBLOB); MY: it is
 * then in the user's store, and what comes back is what is there. */
PCCERT_CONTEXT certificate_load(const WCHAR *path, BOOL my);
/* The one with this SHA-1 hash (hexadecimal) in the user's MY store, or the machine's. */
PCCERT_CONTEXT certificate_from_my(const WCHAR *hash, BOOL machine);
/* A server's further certificates, for party_acquire. */
enum { CERTIFICATES_MORE = 8 };
extern PCCERT_CONTEXT certificates_more[CERTIFICATES_MORE];
extern DWORD certificates_more_count;
/* SHA-256 of the whole certificate in 64 hex digits. */
void certificate_hash(PCCERT_CONTEXT certificate, char hex[65]);

/* party.c: one end of a security context. */
struct party {
    BOOL server, stream, has_context; /* stream: Schannel and CREDSSP, a stream of TLS records */
    BOOL established;
    CredHandle credential;
    CtxtHandle context;
    WCHAR target[256]; /* of a client; empty: none */
    ULONG request, attributes;
    TimeStamp expiry;
    SecPkgContext_StreamSizes sizes;
    struct run in;       /* what came and was not consumed yet */
    DWORD post_handshake; /* how often DecryptMessage said SEC_I_RENEGOTIATE */
    struct run bindings; /* a SEC_CHANNEL_BINDINGS; empty: none */
    /* Of a program that also sends from another thread, which enters it to make a record and leaves it when that is
     * sent: a KeyUpdate of ours has its place among them. NULL: one thread. */
    CRITICAL_SECTION *sending;
};
/* What a program asks for that wants a stream of TLS; of a client: and shows what it was given only. */
ULONG party_stream_requests(BOOL server);
/* Legs as long as IN has something for them; tokens are appended to OUT, also those of a failure.
 */
SECURITY_STATUS party_step(struct party *p, struct run *out);
/* Tokens as "signature, then data" for NTLM and Negotiate, as records for streams. */
SECURITY_STATUS party_seal(struct party *p, const void *data, DWORD size, struct run *out);
SECURITY_STATUS party_unseal(struct party *p, struct run *message, struct run *out);
/* A whole message of a peer that knows no buffers (SECBUFFER_STREAM). */
SECURITY_STATUS party_unseal_stream(struct party *p, struct run *message, struct run *out);
SECURITY_STATUS party_sign(struct party *p, const void *data, DWORD size, struct run *out);
SECURITY_STATUS party_verify(struct party *p, struct run *message);
/* Stream: plaintext of all whole records in IN. SEC_E_INCOMPLETE_MESSAGE: more has to come. OWED:
 * what a post-handshake message wants sent; SENDING is entered once when OWED is not empty. */
SECURITY_STATUS party_read(struct party *p, struct run *out, struct run *owed);

/* A leg on the open context without input: the request for a new handshake, or of a server with
 * ASC_REQ_MUTUAL_AUTH in its request for the client's certificate. */
SECURITY_STATUS party_ask(struct party *p, struct run *out);

/* keys.c: "WHAT hex", a line of its own on stdout. */
void print_hex(const char *what, const BYTE *data, DWORD size);
/* So written: SIZE bytes exported with LABEL, of LABEL_SIZE bytes with its NUL. */
SECURITY_STATUS party_print_keys(
        struct party *p, const char *what, char *label, WORD label_size, DWORD size);

/* Stream: close_notify, appended to OUT. */
SECURITY_STATUS party_shutdown(struct party *p, struct run *out);

/* acquire.c: a credential of PACKAGE from the options user=, domain=, password=, packages=,
 * tls=1.2|1.3|any. */
SECURITY_STATUS party_acquire(struct party *p, const WCHAR *package, PCCERT_CONTEXT certificate);

/* http.c: as much of HTTP/1.1 as authentication by connection needs: heads, Content-Length, base64.
 */
struct http {
    SOCKET socket;
    struct run in; /* what came and was not taken yet */
    char *head;    /* first line and headers, ended by a NUL */
    struct run body;
};
/* The next message. FALSE: the connection is closed, or what comes is none. */
BOOL http_read(struct http *h);
/* The value of header NAME that begins with WORD and a space or the end; NULL: there is none. The
 * rest after WORD, without blanks, is appended decoded from base64 to TOKEN. */
BOOL http_token(const struct http *h, const char *name, const char *word, struct run *token);
BOOL http_send(struct http *h, const char *text);
/* "NAME: WORD base64(TOKEN)\r\n" into TEXT, of CAPACITY bytes. */
void http_format_token(
        char *text, size_t capacity, const char *name, const char *word, const struct run *token);

#endif
