/* After the login a CredSSP context is a TLS stream: shutdown and post-handshake messages go
 * through it as through Schannel's ("After completion EncryptMessage and DecryptMessage are the TLS
 * stream"); and a token that the program has no room for is lost for good. */
#include "../sspi_test.h"
#include "../accounts.h"
#include <credssp.h>
#define test_certificate tls_test_certificate
#include "../schannel/pair.h"

enum { ROOM = 40000 };

struct side {
    CredHandle credential;
    CtxtHandle context;
    BOOL open, server;
    SECURITY_STATUS status;
    BYTE in[ROOM];
    ULONG size;
};

static BOOL old_tls; /* TLS 1.2: SCHANNEL_CRED */

static void acquire_side(struct side *s, BOOL server)
{
    SCH_CREDENTIALS tls = {SCH_CREDENTIALS_VERSION};
    SCHANNEL_CRED older = {SCHANNEL_CRED_VERSION};
    PCCERT_CONTEXT certificate = test_certificate();
    CREDSSP_CRED cred = {.Type = CredsspPasswordCreds};
    TimeStamp expiry;

    memset(s, 0, sizeof(*s));
    s->server = server;
    s->status = SEC_I_CONTINUE_NEEDED;
    if (server) {
        tls.cCreds = older.cCreds = 1;
        tls.paCred = older.paCred = &certificate;
        cred.pSchannelCred = old_tls ? (void *)&older : &tls;
    } else {
        older.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS;
        cred.pSchannelCred = old_tls ? &older : NULL;
        cred.pSpnegoCred = good_identity();
    }
    SECURITY_STATUS status = acquire(L"CREDSSP",
            server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, &cred, &s->credential, &expiry);
    ok(status == SEC_E_OK, "credential %08lx\n", status);
}

/* One leg with what S has; its token goes to PEER. ROOM_FOR: bytes for the token, 0: allocated. */
static SECURITY_STATUS leg(struct side *s, struct side *peer, ULONG room_for)
{
    static BYTE room[ROOM];
    SecBuffer in[2] = {{s->size, SECBUFFER_TOKEN, s->in}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out = {room_for, SECBUFFER_TOKEN, room_for ? room : NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes, request = room_for ? 0 : ISC_REQ_ALLOCATE_MEMORY;
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (s->server)
        status = AcceptSecurityContext(&s->credential, s->open ? &s->context : NULL, &input,
                request, 0, &s->context, &output, &attributes, &expiry);
    else
        status = initialize(&s->credential, s->open ? &s->context : NULL, L"TERMSRV/localhost",
                request | ISC_REQ_DELEGATE | ISC_REQ_MANUAL_CRED_VALIDATION,
                s->open ? &input : NULL, &s->context, &output, &attributes, &expiry);
    s->status = status;
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    if (SUCCEEDED(status))
        s->open = TRUE;
    s->size = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
    memmove(s->in, in[1].pvBuffer, s->size);
    if (SUCCEEDED(status) && out.cbBuffer) {
        memcpy(peer->in + peer->size, out.pvBuffer, out.cbBuffer);
        peer->size += out.cbBuffer;
    }
    if (!room_for && out.pvBuffer)
        FreeContextBuffer(out.pvBuffer);
    return status;
}

static void log_in(struct side *c, struct side *s)
{
    acquire_side(c, FALSE);
    acquire_side(s, TRUE);
    for (int i = 0; i < 12 && (c->status != SEC_E_OK || s->status != SEC_E_OK); i++) {
        if (c->status == SEC_I_CONTINUE_NEEDED && (!c->open || c->size))
            leg(c, s, 0);
        if (s->status == SEC_I_CONTINUE_NEEDED && s->size)
            leg(s, c, 0);
    }
    ok(c->status == SEC_E_OK, "client %08lx\n", c->status);
    ok(s->status == SEC_E_OK, "server %08lx\n", s->status);
}

static void close_side(struct side *s)
{
    if (s->open)
        ok(DeleteSecurityContext(&s->context) == SEC_E_OK, "context\n");
    ok(FreeCredentialsHandle(&s->credential) == SEC_E_OK, "credential\n");
}

static void say(struct side *from, struct side *to)
{
    to->size += seal(&from->context, "still here", 10, to->in + to->size);
}

static void hear(struct side *to)
{
    BYTE *data = NULL;
    ULONG size = 0, extra = 0;
    SECURITY_STATUS status = unseal(&to->context, to->in, to->size, &data, &size, &extra);
    for (int i = 0; i < 8 && status == SEC_I_RENEGOTIATE; i++) {
        struct side nobody = {0};
        memmove(to->in, to->in + to->size - extra, extra);
        to->size = extra;
        ok(leg(to, &nobody, 0) == SEC_E_OK, "post-handshake leg %08lx\n", to->status);
        status = unseal(&to->context, to->in, to->size, &data, &size, &extra);
    }
    ok(status == SEC_E_OK, "decrypt %08lx\n", status);
    ok(size == 10 && !memcmp(data, "still here", 10), "%lu bytes\n", size);
    memmove(to->in, to->in + to->size - extra, extra);
    to->size = extra;
}

/* "ApplyControlToken (CredSSP)"; "Shutting Down an Schannel Connection": after SCHANNEL_SHUTDOWN the next leg gives the
 * close_notify record. */
static void test_shutdown(void)
{
    DWORD kind = SCHANNEL_SHUTDOWN;
    SecBuffer buffer = {sizeof(kind), SECBUFFER_TOKEN, &kind};
    SecBufferDesc token = {SECBUFFER_VERSION, 1, &buffer};
    static struct side c, s;
    BYTE *data;
    ULONG size, extra;
    SECURITY_STATUS status;

    log_in(&c, &s);
    say(&c, &s);
    hear(&s);
    status = ApplyControlToken(&c.context, &token);
    ok(status == SEC_E_OK, "ApplyControlToken %08lx\n", status);
    c.size = 0;
    ok(leg(&c, &s, 0) == SEC_E_OK, "shutdown leg %08lx\n", c.status);
    ok(s.size > 0, "no close_notify\n");
    status = unseal(&s.context, s.in, s.size, &data, &size, &extra);
    ok(status == SEC_I_CONTEXT_EXPIRED, "server hears %08lx\n", status);
    s.size = 0;
    say(&s, &c); /* the other half stays open */
    hear(&c);
    close_side(&c);
    close_side(&s);
}

/* A leg of an open stream without input asks for a new handshake ("InitializeSecurityContext (CredSSP)": "a
 * reauthentication is wanted"), which TLS 1.3 does not have (RFC 8446 4.1.2): refused, and the stream goes on. */
static void test_idle_leg(void)
{
    static struct side c, s;

    log_in(&c, &s);
    c.size = s.size = 0;
    SECURITY_STATUS status = leg(&c, &s, 0);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && !s.size, "client %08lx, %lu bytes\n", status, s.size);
    status = leg(&s, &c, 0);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && !c.size, "server %08lx, %lu bytes\n", status, c.size);
    say(&c, &s);
    hear(&s);
    say(&s, &c);
    hear(&c);
    close_side(&c);
    close_side(&s);
}

/* "The client may call InitializeSecurityContext (CredSSP) again after it has completed successfully. This
 * indicates to the security package that a reauthentication is wanted": TLS 1.2 can, by a new handshake
 * inside the old (RFC 5246 7.4.1.2; RFC 5746), after which the stream goes on. */
static void test_again(void)
{
    static struct side c, s;
    BYTE *data;
    ULONG size, extra = 0;
    SECURITY_STATUS status;
    int i;

    old_tls = TRUE;
    log_in(&c, &s);
    old_tls = FALSE;
    c.size = s.size = 0;
    status = leg(&c, &s, 0);
    ok(status == SEC_I_CONTINUE_NEEDED && s.size, "client %08lx, %lu bytes\n", status, s.size);
    status = unseal(&s.context, s.in, s.size, &data, &size, &extra);
    ok(status == SEC_I_RENEGOTIATE, "server hears %08lx\n", status);
    memmove(s.in, s.in + s.size - extra, extra);
    s.size = extra;
    s.status = SEC_I_CONTINUE_NEEDED;
    for (i = 0; i < 12 && (c.status != SEC_E_OK || s.status != SEC_E_OK); i++) {
        if (s.status == SEC_I_CONTINUE_NEEDED && (s.size || !i))
            leg(&s, &c, 0);
        if (c.status == SEC_I_CONTINUE_NEEDED && c.size)
            leg(&c, &s, 0);
    }
    ok(c.status == SEC_E_OK && s.status == SEC_E_OK, "client %08lx, server %08lx\n", c.status, s.status);
    say(&c, &s);
    hear(&s);
    say(&s, &c);
    hear(&c);
    close_side(&c);
    close_side(&s);
}

/* The server's answer does not fit: it is lost, and the context with it. */
static void test_lost_token(void)
{
    static struct side c, s;

    acquire_side(&c, FALSE);
    acquire_side(&s, TRUE);
    leg(&c, &s, 0);
    leg(&s, &c, 0);
    ok(leg(&c, &s, 10) == SEC_E_BUFFER_TOO_SMALL, "client %08lx\n", c.status);
    ok(leg(&c, &s, 0) == SEC_E_OUT_OF_SEQUENCE, "client again %08lx\n", c.status);
    close_side(&c);
    close_side(&s);
}

static void all_tests(void)
{
    test_shutdown();
    test_idle_leg();
    test_again();
    test_lost_token();
}

START_TEST(after_login)
{
    pair_setup();
    if (!store_open()) {
        skip("logins need opensspi's accounts\n");
        return;
    }
    as_w_and_a(all_tests);
    store_close();
}
