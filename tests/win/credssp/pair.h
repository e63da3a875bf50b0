/* A CredSSP client and server in one process, the bytes of their stream passed in memory. */
#ifndef CREDSSP_PAIR_H
#define CREDSSP_PAIR_H

#include "../accounts.h"
#include "../certificates.h"

/* What RDP servers ask for (traces of their calls): 0x112. */
#define SERVER_REQUEST (ASC_REQ_MUTUAL_AUTH | ASC_REQ_CONFIDENTIALITY | ASC_REQ_ALLOCATE_MEMORY)
/* What clients ask for, delegation included; without MUTUAL_AUTH, which NTLM cannot give. */
#define CLIENT_REQUEST                                                                             \
    (ISC_REQ_DELEGATE | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT |                        \
            ISC_REQ_REPLAY_DETECT | ISC_REQ_EXTENDED_ERROR | ISC_REQ_STREAM |                      \
            ISC_REQ_ALLOCATE_MEMORY)

struct stream {
    BYTE data[40000];
    ULONG size;
};

struct pair {
    /* Wishes. */
    const WCHAR *client_package, *server_package; /* NULL: CREDSSP */
    void *identity;
    ULONG submit;                       /* 0: CredsspPasswordCreds; CredsspCredEx: these inside it */
    BOOL identity_alone;                /* the identity is pAuthData itself */
    const WCHAR *principal;
    ULONG limits; /* added to SECPKG_CRED_OUTBOUND */
    ULONG without, extra, server_extra; /* taken from and added to the client's, to the server's */
    const WCHAR *target;                /* NULL: TERMSRV/localhost */
    PCCERT_CONTEXT certificate;         /* the server's; NULL: test_certificate */
    BOOL byte_by_byte;
    /* How the functions are called. All zero: as most programs do. */
    BOOL bare;                            /* later legs: no credential, no new context handle */
    BOOL token_alone, swapped, read_only; /* pInput: no EMPTY buffer; it comes first; SECBUFFER_READONLY */
    BOOL own_buffer;                      /* without ALLOCATE_MEMORY */
    BOOL network;                         /* SECURITY_NETWORK_DREP */
    BOOL no_expiry;
    ULONG reserved;
    BOOL new_tls; /* SCH_CREDENTIALS: TLS 1.3 */
    DWORD tls_flags; /* SCH_CRED_, besides the usual ones */
    TLS_PARAMETERS *tls_parameters; /* the client's, with new_tls */
    void (*tamper)(
            struct pair *p, BYTE *data, ULONG size); /* for each flight before it is delivered */
    unsigned flight, tamper_flight, tamper_place;
    BOOL tampered, stop_before_last; /* the client's last flight stays in to_server */
    /* Results. */
    CredHandle client_credential, server_credential;
    CtxtHandle client, server;
    BOOL has_client, has_server;
    SECURITY_STATUS client_status, server_status;
    ULONG client_attributes, server_attributes;
    ULONG both_attributes, any_attributes; /* of the client's legs: on all of them, on one at least */
    unsigned client_legs, empty_tokens;    /* of these: SEC_I_CONTINUE_NEEDED without a token */
    TimeStamp client_expiry, server_expiry;
    struct stream to_client, to_server;
    ULONG server_last_token; /* size of what the server's last leg gave */
};

PCCERT_CONTEXT test_certificate(void);
void drop_certificate(void);
/* Another one, self-signed as well, with a key in the container; "CN=name". */
PCCERT_CONTEXT named_certificate(const WCHAR *container, const WCHAR *subject);
void drop_container(const WCHAR *container);
/* Into or out of the user's trusted roots. Wine reads them once in a process: trust comes first. */
BOOL trust(PCCERT_CONTEXT certificate, BOOL on);

struct pair *pair_new(void *identity);
SECURITY_STATUS pair_client_credential(struct pair *p);
SECURITY_STATUS pair_server_credential(struct pair *p);
/* One call of one side with the first GIVEN bytes of its stream. */
SECURITY_STATUS pair_leg(struct pair *p, BOOL server, ULONG given);
/* Credentials and legs until both are done or one has failed and the other has heard of it. */
void pair_run(struct pair *p);
void pair_legs(struct pair *p);
BOOL pair_good(struct pair *p);
void pair_free(struct pair *p);

/* A program's tests whose logins need an account with a known password, W and A. (The store is this file's own: accounts.h.) */
static void run_logins(void (*tests)(void))
{
    if (!store_open()) {
        skip("a login needs an account whose password is known: opensspi's store\n");
        return;
    }
    as_w_and_a(tests);
    store_close();
    drop_certificate();
}

#endif
