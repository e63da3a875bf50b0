/* A client and a server in one process, tokens passed in memory. */
#ifndef PAIR_H
#define PAIR_H

#include <windows.h>
#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
#define SCHANNEL_USE_BLACKLISTS
#include <winternl.h>
#include <security.h>
#include <schannel.h>
#include <wincrypt.h>
#include "wine/test.h"
#include "../certificates.h"

/* The function table under test: secur32's, or the provider's own when OPENSSPI_TEST_PROVIDER names
 * a DLL. */
extern PSecurityFunctionTableW sspi;
void pair_setup(void);
/* Runs TEST with the W functions, then with the A ones behind the same table. ansi.c */
void pair_as_w_and_a(void (*test)(void));
BOOL pair_is_ansi(void); /* texts of attributes come as A gives them */
/* Schannel is reached through Wine's own secur32, which passes on only part of the interface (README, "Limits"). */
BOOL under_wine_secur32(void);

#define SSPI_PACKAGE ((SEC_WCHAR *)L"Microsoft Unified Security Protocol Provider")

/* Where the processor has all this, AES-GCM goes first, elsewhere ChaCha20-Poly1305 (docs/guide.md, "Speed"). */
static inline BOOL gcm_first(void)
{
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("ssse3");
}

/* A self-signed RSA certificate for "localhost" with a key in a container of the user's. */
PCCERT_CONTEXT make_certificate(const WCHAR *container, BOOL exportable);
/* With another subject ("CN=..."), good until the end of YEAR. */
PCCERT_CONTEXT make_certificate_of(
        const WCHAR *container, const WCHAR *subject, BOOL exportable, WORD year);
PCCERT_CONTEXT test_certificate(void); /* one for all tests, exportable */
void delete_container(const WCHAR *container);
/* Makes test_certificate a trusted root of the user's, or takes that back. Wine reads the roots once in
 * a process: before the first handshake. validation.c */
BOOL trust_test_certificate(BOOL on);

struct options {
    DWORD client_protocols, server_protocols; /* SP_PROT_: SCHANNEL_CRED; 0: SCH_CREDENTIALS */
    DWORD client_flags;                       /* SCH_CRED_ */
    PCCERT_CONTEXT server_certificate, client_certificate; /* NULL: test_certificate, none */
    ULONG client_request, server_request;                  /* added to the usual ones */
    const WCHAR *target;
    const char *client_alpn, *server_alpn; /* comma-separated */
    BOOL byte_by_byte;
    DWORD server_flags; /* SCH_CRED_ */
    BOOL answers;       /* SEC_I_INCOMPLETE_CREDENTIALS: the client goes on */
    PCCERT_CONTEXT second_certificate; /* ... with this one; NULL: none */
    BOOL repeat_input; /* ... and the same input again; else with none */
    DWORD client_lifespan, server_lifespan; /* dwSessionLifespan, ms */
    BOOL placeholder; /* the output is SECBUFFER_EMPTY, as curl has it, and not SECBUFFER_TOKEN */
    void *client_data, *server_data; /* pAuthData whole, instead of all that is said here */
};

struct pair {
    CredHandle client_credential, server_credential;
    CtxtHandle client, server;
    CredHandle second_credential;
    BOOL has_client, has_server, has_second;
    ULONG client_attributes, server_attributes;
    SECURITY_STATUS client_status, server_status;
    unsigned client_legs, server_legs, tickets, incomplete;
    BYTE last_token[20000]; /* what the failing or last leg gave */
    ULONG last_token_size;
};

SECURITY_STATUS acquire_client(const struct options *o, CredHandle *credential);
SECURITY_STATUS acquire_server(const struct options *o, CredHandle *credential);
/* Credentials and handshake; results in P. */
void pair_open(struct pair *p, const struct options *o);
void pair_close(struct pair *p);
/* The same in parts, for several connections of the same credentials. P: zeroed. */
void pair_acquire(struct pair *p, const struct options *o);
void pair_connect(struct pair *p, const struct options *o);
void pair_disconnect(struct pair *p);

/* One record; MESSAGE must hold header, data and trailer. Returns the record's size. */
ULONG seal(CtxtHandle *context, const void *data, ULONG size, BYTE *record);
/* Decrypts one record in place: the plaintext's place and size, what is left over. */
SECURITY_STATUS unseal(
        CtxtHandle *context, BYTE *record, ULONG size, BYTE **data, ULONG *data_size, ULONG *extra);

#endif
