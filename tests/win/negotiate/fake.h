/* Negotiate over packages of the test's: this program links Negotiate's own objects and gives them a
 * package table with a "Kerberos" and an "NTLM" that do what the test says. They are packages as any
 * are, behind a SecurityFunctionTableW; their tokens have the form of the real ones as far as
 * Negotiate looks at it.
 */
#ifndef TESTS_WIN_NEGOTIATE_FAKE_H
#define TESTS_WIN_NEGOTIATE_FAKE_H

#include "../sspi_test.h"
#include "../../../dlls/secur32/secur32.h"

enum { KERBEROS, NTLM, PACKAGES };

struct fake {
    /* Wishes. */
    BOOL absent;             /* not in the package table */
    SECURITY_STATUS acquire; /* what AcquireCredentialsHandle says */
    SECURITY_STATUS first;   /* a client's first leg; SEC_E_OK: a token */
    SECURITY_STATUS second;  /* the server's first leg; SEC_E_OK: it goes on */
    int legs;                /* tokens in all */
    BOOL cannot_sign;        /* integrity is never granted; else when the client asks */
    enum { S_GOOD, S_LONG, S_GOES_ON, S_EMPTY, S_ELSEWHERE } signs; /* what MakeSignature answers */
    ULONG token_size;        /* bytes, about */
    LONGLONG expiry;         /* of contexts */
    LONGLONG acquired_until; /* expiry of credentials */
    /* What was seen. */
    int acquired, freed, opened, deleted, calls[16];
    ULONG request[2]; /* of a context, by side: server 1 */
    const WCHAR *target;
};
extern struct fake fakes[PACKAGES];

/* Which call of a context's functions reached the package: index into calls. */
enum { C_COMPLETE, C_CONTROL, C_SIGN, C_VERIFY, C_ENCRYPT, C_DECRYPT, C_IMPERSONATE, C_REVERT, C_TOKEN,
    C_EXPORT, C_IMPORT, C_SET, C_QUERY_CRED, C_SET_CRED };

/* What the packages have allocated for their callers, and was not given back by FreeContextBuffer. */
extern int fake_buffers;

/* Both packages as at the start: Kerberos in two tokens, NTLM in three. */
void fakes_reset(void);

/* ---- the two ends ---- */

struct end {
    CredHandle credential;
    CtxtHandle context;
    BOOL server, has;
    SECURITY_STATUS status;
    ULONG attributes;
    TimeStamp expiry;
    BYTE token[0x12000];
    ULONG size; /* what it sends */
};

extern const SecurityFunctionTableW *nego;

SECURITY_STATUS end_acquire(struct end *e, BOOL server, const WCHAR *package_list);
/* One leg of E with what FROM sent (NULL: nothing), into a buffer of ROOM bytes. */
SECURITY_STATUS end_leg(struct end *e, const struct end *from, ULONG request, ULONG room);
/* To the end of both, or the first failure; the number of tokens. */
int ends_run(struct end *client, struct end *server, ULONG request);
void end_close(struct end *e);

/* NEGOTIATION_INFO: "Kerberos 1". */
const char *stage_of(struct end *e);
ULONG package_mask(struct end *e);
ULONG last_status(struct end *e);

#endif
