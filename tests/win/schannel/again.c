/* Open connections: a new handshake or the client's certificate asked for ("Renegotiating an Schannel
 * Connection", "Recognizing a Request to Renegotiate a Connection", learn.microsoft.com), alerts sent
 * and received ("Schannel Error Codes for TLS and SSL Alerts", "SCHANNEL_ALERT_TOKEN"), and both ends
 * of a shutdown ("Shutting Down an Schannel Connection"). */
#include "pair.h"

#define MANUAL SCH_CRED_MANUAL_CRED_VALIDATION

static const struct options tls12 = {
        SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, MANUAL, .server_flags = MANUAL};
static const struct options tls13 = {0, 0, MANUAL, .server_flags = MANUAL};

static PCCERT_CONTEXT trusted, untrusted;

/* One end, as a program that reads whatever comes. */
struct end {
    struct end *peer;
    CtxtHandle *context;
    CredHandle *credential; /* of the next leg */
    BOOL server;
    ULONG request;
    PCCERT_CONTEXT second; /* the answer to SEC_I_INCOMPLETE_CREDENTIALS */
    CredHandle second_credential;
    BOOL has_second, repeats;
    BOOL drops; /* takes the record that SEC_I_RENEGOTIATE is about for consumed (Wine's conformance tests do) */
    BYTE in[60000];
    ULONG size;
    SECURITY_STATUS status; /* the last that was not "go on" */
    ULONG attributes;
    unsigned records, incomplete;
};

static struct end client, server;

static void put(struct end *e, const void *data, ULONG size)
{
    memcpy(e->in + e->size, data, size);
    e->size += size;
}

static void keep(struct end *e, ULONG extra)
{
    memmove(e->in, e->in + e->size - extra, extra);
    e->size = extra;
}

/* One leg with all input, or with none; what it gives goes to the peer. */
static SECURITY_STATUS leg(struct end *e, BOOL with_input)
{
    SecBuffer in[2] = {{e->size, SECBUFFER_TOKEN, e->in}, {0, SECBUFFER_EMPTY, NULL}};
    SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG request = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_STREAM | e->request;
    SECURITY_STATUS status;

    if (!with_input)
        in[0].cbBuffer = 0;
    if (e->server)
        status = sspi->AcceptSecurityContext(e->credential, e->context, &input,
                ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY | ASC_REQ_STREAM |
                        ASC_REQ_EXTENDED_ERROR | e->request,
                0, NULL, &output, &e->attributes, NULL);
    else
        status = sspi->InitializeSecurityContextW(e->credential, e->context,
                (SEC_WCHAR *)L"localhost", request | ISC_REQ_EXTENDED_ERROR, 0, 0, &input, 0, NULL,
                &output, &e->attributes, NULL);
    if (out.cbBuffer) {
        put(e->peer, out.pvBuffer, out.cbBuffer);
        sspi->FreeContextBuffer(out.pvBuffer);
    }
    if (status == SEC_I_INCOMPLETE_CREDENTIALS && e->repeats)
        return status;
    if (with_input && status != SEC_E_INCOMPLETE_MESSAGE)
        keep(e, in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0);
    return status;
}

static void give_second(struct end *e)
{
    struct options o = tls13;
    e->incomplete++;
    if (!e->second || e->has_second)
        return;
    o.client_certificate = e->second;
    o.client_protocols = 0;
    e->has_second = acquire_client(&o, &e->second_credential) == SEC_E_OK;
    e->credential = &e->second_credential;
}

/* Reads one record; FALSE: nothing more to do now. */
static BOOL read_one(struct end *e)
{
    BYTE *data;
    ULONG got, extra;
    SECURITY_STATUS status;

    if (!e->size || FAILED(e->status))
        return FALSE;
    status = unseal(e->context, e->in, e->size, &data, &got, &extra);
    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return FALSE;
    if (status == SEC_E_OK) {
        e->records += got != 0;
        keep(e, extra);
        return TRUE;
    }
    e->status = status;
    if (status != SEC_I_RENEGOTIATE)
        return FALSE;
    keep(e, extra);
    if (e->drops)
        keep(e, e->size - 5 - (e->in[3] << 8 | e->in[4])); /* RFC 5246 6.2.1 */
    e->status = leg(e, !e->drops);
    if (e->status == SEC_I_INCOMPLETE_CREDENTIALS) {
        give_second(e);
        e->status = leg(e, !e->drops);
    }
    return SUCCEEDED(e->status);
}

static BYTE record[20000];

static void send_some(struct end *e)
{
    ULONG size = seal(e->context, "in between", 10, record);
    put(e->peer, record, size);
}

static void pump(BOOL data)
{
    int i, j;
    client.status = server.status = SEC_E_OK;
    client.records = server.records = client.incomplete = server.incomplete = 0;
    for (i = 0; i < 10; i++) {
        if (data && i < 6 && SUCCEEDED(client.status))
            send_some(&client);
        for (j = 0; j < 40 && read_one(&server); j++)
            ;
        if (data && i < 6 && SUCCEEDED(server.status))
            send_some(&server);
        for (j = 0; j < 40 && read_one(&client); j++)
            ;
    }
}

static void ends_of(struct pair *p, const struct options *o)
{
    pair_open(p, o);
    ok(p->client_status == SEC_E_OK && p->server_status == SEC_E_OK, "%08lx %08lx\n",
            p->client_status, p->server_status);
    memset(&client, 0, sizeof(client));
    memset(&server, 0, sizeof(server));
    client.peer = &server;
    server.peer = &client;
    client.context = &p->client;
    server.context = &p->server;
    client.credential = &p->client_credential;
    server.credential = &p->server_credential;
    server.server = TRUE;
}

static void end_pair(struct pair *p)
{
    pair_close(p);
    if (client.has_second)
        sspi->FreeCredentialsHandle(&client.second_credential);
}

static void check_open(BOOL data)
{
    ok(client.status == SEC_E_OK, "client %08lx\n", client.status);
    ok(server.status == SEC_E_OK, "server %08lx\n", server.status);
    ok(client.records == (data ? 6 : 0) && server.records == (data ? 6 : 0), "%u and %u records\n",
            client.records, server.records);
}

static void unique(CtxtHandle *context, BYTE *out)
{
    SecPkgContext_Bindings b = {0};
    SECURITY_STATUS status =
            sspi->QueryContextAttributesW(context, SECPKG_ATTR_UNIQUE_BINDINGS, &b);
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    memcpy(out, (BYTE *)b.Bindings + b.Bindings->dwApplicationDataOffset,
            b.Bindings->cbApplicationDataLength);
    sspi->FreeContextBuffer(b.Bindings);
}

/* RFC 5929 3: tls-unique is of the last handshake, so it tells whether there was one. */
static void test_renegotiation(BOOL by_client, BOOL data)
{
    BYTE before[64] = {0}, after[64] = {0}, other[64] = {0};
    struct pair p;
    SECURITY_STATUS status;

    ends_of(&p, &tls12);
    unique(&p.client, before);
    status = leg(by_client ? &client : &server, FALSE);
    ok(status == (by_client ? SEC_I_CONTINUE_NEEDED : SEC_E_OK), "%08lx\n", status);
    ok((by_client ? server : client).size > 0, "no request\n");
    pump(data);
    check_open(data);
    unique(&p.client, after);
    unique(&p.server, other);
    ok(memcmp(before, after, 64), "no new handshake\n");
    ok(!memcmp(other, after, 64), "two handshakes\n");
    end_pair(&p);
}

static SECURITY_STATUS control(CtxtHandle *context, const DWORD *words, ULONG size)
{
    SecBuffer buffer = {size, SECBUFFER_TOKEN, (void *)words};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &buffer};
    return sspi->ApplyControlToken(context, &desc);
}

static void test_control(void)
{
    static const DWORD kind = SCHANNEL_RENEGOTIATE;
    struct pair p;
    SECURITY_STATUS status;

    ends_of(&p, &tls12);
    status = control(&p.client, &kind, sizeof(kind));
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "client %08lx\n", status);
    status = control(&p.server, &kind, sizeof(kind));
    ok(status == SEC_E_OK, "server %08lx\n", status);
    send_some(&client); /* input that has nothing to do with it stays the program's */
    status = leg(&server, TRUE);
    ok(status == SEC_E_OK && client.size > 0, "%08lx, %lu bytes\n", status, client.size);
    pump(FALSE);
    ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%08lx %08lx\n", client.status,
            server.status);
    ok(server.records == 1, "%u records\n", server.records);
    end_pair(&p);

    ends_of(&p, &tls13);
    status = control(&p.server, &kind, sizeof(kind));
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "server, 1.3: %08lx\n", status);
    status = leg(&server, FALSE);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && !client.size, "server, 1.3: %08lx\n", status);
    status = leg(&client, FALSE);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && !server.size, "client, 1.3: %08lx\n", status);
    pump(TRUE);
    check_open(TRUE);
    end_pair(&p);
}

static void check_shown(struct pair *p, PCCERT_CONTEXT expected)
{
    PCCERT_CONTEXT remote = NULL;
    SECURITY_STATUS status =
            sspi->QueryContextAttributesW(&p->server, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote);
    ok(status == (expected ? SEC_E_OK : SEC_E_NO_CREDENTIALS), "%08lx\n", status);
    if (status != SEC_E_OK)
        return;
    ok(same_certificate(remote, expected), "another certificate\n");
    CertFreeCertificateContext(remote);
}

/* A server that asks only now, as IIS and nginx do for a part of a site. */
static void test_asked(const struct options *base, BOOL given, BOOL data, BOOL repeats)
{
    struct options o = *base;
    struct pair p;
    SECURITY_STATUS status;

    winetest_push_context("given %d, data %d, repeats %d", given, data, repeats);
    if (given)
        o.client_certificate = untrusted;
    ends_of(&p, &o);
    check_shown(&p, NULL);
    client.second = given ? NULL : untrusted;
    client.repeats = repeats;
    server.request = ASC_REQ_MUTUAL_AUTH;
    status = leg(&server, FALSE);
    ok(status == SEC_E_OK && client.size, "%08lx, %lu bytes\n", status, client.size);
    ok(!(server.attributes & ASC_RET_MUTUAL_AUTH), "attributes %lx\n", server.attributes);
    pump(data);
    check_open(data);
    ok(client.incomplete == !given, "INCOMPLETE_CREDENTIALS %u times\n", client.incomplete);
    check_shown(&p, untrusted);
    ok(server.attributes & ASC_RET_MUTUAL_AUTH, "attributes %lx\n", server.attributes);
    end_pair(&p);
    winetest_pop_context();
}

/* Both ends drop the records; a client without a certificate is asked, once, and shows one, or none. */
static void test_dropped(BOOL given, BOOL second)
{
    struct options o = tls12;
    struct pair p;

    winetest_push_context("dropped, given %d, second %d", given, second);
    if (given)
        o.client_certificate = untrusted;
    ends_of(&p, &o);
    client.second = second ? untrusted : NULL;
    client.drops = server.drops = TRUE;
    server.request = ASC_REQ_MUTUAL_AUTH;
    ok(leg(&server, FALSE) == SEC_E_OK && client.size, "not asked\n");
    pump(FALSE);
    check_open(FALSE);
    ok(client.incomplete == !given, "INCOMPLETE_CREDENTIALS %u times\n", client.incomplete);
    check_shown(&p, given || second ? untrusted : NULL);
    client.drops = server.drops = FALSE;
    pump(TRUE);
    check_open(TRUE);
    end_pair(&p);
    winetest_pop_context();
}

/* TLS 1.3: a client offers to be asked later (post_handshake_auth, RFC 8446 4.2.6) where it has a certificate, or
 * Schannel may find one. Windows' HttpClient, which has none and sets NO_DEFAULT_CREDS, does not (dotnet/runtime issue
 * 49346). */
static void test_not_offered(void)
{
    struct options o = tls13, given = tls13;
    struct pair p;
    SECURITY_STATUS status;

    o.client_flags |= SCH_CRED_NO_DEFAULT_CREDS;
    ends_of(&p, &o);
    server.request = ASC_REQ_MUTUAL_AUTH;
    status = leg(&server, FALSE);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION && !client.size, "%08lx, %lu bytes\n", status, client.size);
    pump(TRUE);
    check_open(TRUE);
    end_pair(&p);
    given.client_flags |= SCH_CRED_NO_DEFAULT_CREDS;
    test_asked(&given, TRUE, TRUE, FALSE);
}

/* A leg with the first record of E's input alone; the rest stays. FALSE: there is none. */
static BOOL leg_with_one_record(struct end *e)
{
    static BYTE rest[60000];
    ULONG one = e->size < 5 ? 0 : 5 + (e->in[3] << 8 | e->in[4]), left = e->size - one;
    if (!one || one > e->size)
        return FALSE;
    memcpy(rest, e->in + one, left);
    e->size = one;
    e->status = leg(e, TRUE);
    put(e, rest, left);
    return TRUE;
}

/* In a renegotiation each leg may bring another credential. The one whose certificate was chosen signs later, when the
 * program has freed it already and shows an empty one: its key (which stays in its provider) lives as long. */
static void test_freed_credential(void)
{
    PCCERT_CONTEXT stays = make_certificate(L"opensspi-test-stays", FALSE);
    struct options with = tls12, without = tls12;
    CredHandle one, other;
    struct pair p;
    int legs = 0;

    with.client_certificate = stays;
    ends_of(&p, &tls12);
    ok(acquire_client(&with, &one) == SEC_E_OK && acquire_client(&without, &other) == SEC_E_OK, "credentials\n");
    server.request = ASC_REQ_MUTUAL_AUTH;
    client.credential = &one;
    client.status = server.status = SEC_E_OK;
    ok(leg(&server, FALSE) == SEC_E_OK, "not asked\n");
    ok(read_one(&client) && client.status == SEC_I_CONTINUE_NEEDED, "client %08lx\n", client.status);
    read_one(&server);
    ok(server.status == SEC_I_CONTINUE_NEEDED, "server %08lx\n", server.status);
    /* Once the last record is to come, all that is before it (the request as well) has been seen. */
    while (client.size > 5u + (client.in[3] << 8 | client.in[4]) && leg_with_one_record(&client))
        legs++;
    ok(legs > 1 && client.status == SEC_I_CONTINUE_NEEDED, "%d legs, %08lx\n", legs, client.status);
    sspi->FreeCredentialsHandle(&one);
    client.credential = &other;
    ok(leg_with_one_record(&client) && client.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", client.status);
    for (int i = 0; i < 40 && (read_one(&server) | read_one(&client)); i++)
        ;
    ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%08lx %08lx\n", client.status, server.status);
    check_shown(&p, stays);
    end_pair(&p);
    sspi->FreeCredentialsHandle(&other);
    CertFreeCertificateContext(stays);
    delete_container(L"opensspi-test-stays");
}

/* What is said to a program that drops the record of SEC_I_RENEGOTIATE and reads on, with data behind it, without a
 * leg: the same again, and it keeps all that it has. "DecryptMessage (Schannel)": it has to call Initialize- or
 * AcceptSecurityContext. RFC 5246 6.1: records come in their order. */
static void reads_on(struct end *e, int times)
{
    BYTE *data;
    ULONG got, extra, had;
    SECURITY_STATUS status = unseal(e->context, e->in, e->size, &data, &got, &extra);
    ok(status == SEC_I_RENEGOTIATE && extra == e->size, "%08lx, %lu of %lu left\n", status, extra, e->size);
    keep(e, e->size - 5 - (e->in[3] << 8 | e->in[4]));
    ok(e->size > 0, "no data behind it\n");
    had = e->size;
    for (int i = 0; i < times; i++) {
        status = unseal(e->context, e->in, e->size, &data, &got, &extra);
        ok(status == SEC_I_RENEGOTIATE && extra == had && !got, "%d: %08lx, %lu of %lu left\n", i, status,
                extra, had);
    }
}

static void test_reads_on(BOOL by_client)
{
    BYTE one[64] = {0}, other[64] = {0};
    struct pair p;
    struct end *asks = by_client ? &client : &server, *reads = by_client ? &server : &client;
    SECURITY_STATUS status;
    unsigned before;

    winetest_push_context("reads on, by client %d", by_client);
    ends_of(&p, &tls12);
    leg(asks, FALSE);
    send_some(asks);
    reads_on(reads, 3);
    status = leg(reads, TRUE);
    ok(status == SEC_I_CONTINUE_NEEDED || status == SEC_E_OK, "leg %08lx\n", status);
    ok(reads->size > 0, "the data is gone\n");
    before = reads->records;
    client.status = server.status = SEC_E_OK;
    for (int i = 0; i < 40 && (read_one(&server) | read_one(&client)); i++)
        ;
    ok(reads->records == before + 1, "%u records\n", reads->records - before);
    ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%08lx %08lx\n", client.status, server.status);
    unique(&p.client, one);
    unique(&p.server, other);
    ok(!memcmp(one, other, 64), "two handshakes\n");
    pump(TRUE);
    check_open(TRUE);
    end_pair(&p);
    winetest_pop_context();
}

/* Not for ever: a program that does nothing else would turn in circles. */
static void test_reads_on_and_on(BOOL by_client)
{
    BYTE *data;
    ULONG got, extra;
    struct pair p;
    struct end *asks = by_client ? &client : &server, *reads = by_client ? &server : &client;
    SECURITY_STATUS status = SEC_I_RENEGOTIATE;
    int i;

    winetest_push_context("reads on and on, by client %d", by_client);
    ends_of(&p, &tls12);
    leg(asks, FALSE);
    send_some(asks);
    reads_on(reads, 1);
    for (i = 0; i < 100 && status == SEC_I_RENEGOTIATE; i++)
        status = unseal(reads->context, reads->in, reads->size, &data, &got, &extra);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "%08lx after %d times\n", status, i);
    status = leg(reads, TRUE);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "leg %08lx\n", status);
    end_pair(&p);
    winetest_pop_context();
}

/* A client that has none: the server goes on without, and can look. */
static void test_no_certificate(const struct options *o)
{
    struct pair p;
    ends_of(&p, o);
    server.request = ASC_REQ_MUTUAL_AUTH;
    ok(leg(&server, FALSE) == SEC_E_OK, "not asked\n");
    pump(TRUE);
    check_open(TRUE);
    ok(client.incomplete == 1, "INCOMPLETE_CREDENTIALS %u times\n", client.incomplete);
    check_shown(&p, NULL);
    ok(!(server.attributes & ASC_RET_MUTUAL_AUTH), "attributes %lx\n", server.attributes);
    end_pair(&p);
}

/* A server that gives what comes to AcceptSecurityContext at once (SslStream does), byte by byte. */
static void test_without_decrypt(const struct options *base, BOOL slow)
{
    struct options o = *base;
    struct pair p;
    SECURITY_STATUS status = SEC_E_OK;
    int i;

    o.client_certificate = untrusted;
    ends_of(&p, &o);
    server.request = ASC_REQ_MUTUAL_AUTH;
    ok(leg(&server, FALSE) == SEC_E_OK, "not asked\n");
    client.status = SEC_E_OK;
    for (i = 0; i < 20000; i++) {
        ULONG whole, given;
        while (client.size && read_one(&client))
            ;
        if (!server.size)
            break;
        whole = server.size;
        for (given = slow ? 1 : whole; given <= whole; given++) {
            server.size = given;
            status = leg(&server, TRUE);
            if (status != SEC_E_INCOMPLETE_MESSAGE)
                break;
        }
        if (status == SEC_E_INCOMPLETE_MESSAGE || FAILED(status))
            break;
        memmove(server.in + server.size, server.in + given, whole - given);
        server.size += whole - given;
        if (status != SEC_I_CONTINUE_NEEDED)
            break;
    }
    while (client.size && read_one(&client))
        ;
    ok(status == SEC_E_OK, "server %08lx\n", status);
    ok(client.status == SEC_E_OK, "client %08lx\n", client.status);
    check_shown(&p, untrusted);
    pump(TRUE);
    check_open(TRUE);
    end_pair(&p);
}

/* The server validates: SEC_E_UNTRUSTED_ROOT, and the client hears why. */
static void test_validated(const struct options *base)
{
    struct options o = *base;
    struct pair p;
    o.server_flags = 0;
    o.client_certificate = untrusted;
    ends_of(&p, &o);
    server.request = ASC_REQ_MUTUAL_AUTH;
    ok(leg(&server, FALSE) == SEC_E_OK, "not asked\n");
    pump(FALSE);
    ok(server.status == SEC_E_UNTRUSTED_ROOT, "server %08lx\n", server.status);
    ok(client.status == SEC_E_UNTRUSTED_ROOT, "client %08lx\n", client.status);
    end_pair(&p);
}

/* Once shown, a certificate is the client's for the whole connection. */
static void test_another_certificate(const struct options *base)
{
    struct options o = *base;
    CredHandle other;
    struct pair p;

    o.client_certificate = untrusted;
    ends_of(&p, &o);
    server.request = ASC_REQ_MUTUAL_AUTH;
    ok(leg(&server, FALSE) == SEC_E_OK, "not asked\n");
    pump(FALSE);
    check_open(FALSE);
    check_shown(&p, untrusted);
    o.client_certificate = trusted;
    ok(acquire_client(&o, &other) == SEC_E_OK, "no credential\n");
    client.credential = &other;
    ok(leg(&server, FALSE) == SEC_E_OK, "not asked again\n");
    pump(FALSE);
    ok(server.status == SEC_E_CERT_UNKNOWN, "server %08lx\n", server.status);
    ok(FAILED(client.status), "client %08lx\n", client.status);
    sspi->FreeCredentialsHandle(&other);
    end_pair(&p);
}

/* ---- alerts ---- */

/* "Schannel Error Codes for TLS and SSL Alerts", the whole table; any other is its "Default". */
static const struct {
    BYTE alert;
    SECURITY_STATUS status;
} alerts[] = {
        {10, SEC_E_ILLEGAL_MESSAGE},
        {20, SEC_E_MESSAGE_ALTERED},
        {21, SEC_E_DECRYPT_FAILURE},
        {22, SEC_E_ILLEGAL_MESSAGE},
        {30, SEC_E_MESSAGE_ALTERED},
        {40, SEC_E_ILLEGAL_MESSAGE},
        {42, SEC_E_CERT_UNKNOWN},
        {43, SEC_E_CERT_UNKNOWN},
        {44, CRYPT_E_REVOKED},
        {45, SEC_E_CERT_EXPIRED},
        {46, SEC_E_CERT_UNKNOWN},
        {47, SEC_E_ILLEGAL_MESSAGE},
        {48, SEC_E_UNTRUSTED_ROOT},
        {49, SEC_E_LOGON_DENIED},
        {50, SEC_E_ILLEGAL_MESSAGE},
        {51, SEC_E_DECRYPT_FAILURE},
        {60, SEC_E_ILLEGAL_MESSAGE},
        {70, SEC_E_UNSUPPORTED_FUNCTION},
        {71, SEC_E_ALGORITHM_MISMATCH},
        {80, SEC_E_INTERNAL_ERROR},
        {90, SEC_E_UNFINISHED_CONTEXT_DELETED},
        {100, SEC_E_ILLEGAL_MESSAGE},
        {110, SEC_E_ILLEGAL_MESSAGE},
        {115, SEC_E_ILLEGAL_MESSAGE},
        {120, SEC_E_APPLICATION_PROTOCOL_MISMATCH}, /* the number beside its name, 0x80090367 */
        {116, SEC_E_ILLEGAL_MESSAGE},
        {255, SEC_E_ILLEGAL_MESSAGE},
};

/* A fatal alert of either end on the open stream; afterwards nothing goes any more. */
static void test_alerts(const struct options *o)
{
    ULONG i;
    for (i = 0; i < ARRAY_SIZE(alerts); i++) {
        DWORD token[3] = {SCHANNEL_ALERT, TLS1_ALERT_FATAL, alerts[i].alert};
        struct end *from = i % 2 ? &server : &client;
        struct pair p;
        BYTE *data;
        ULONG got, extra;
        SECURITY_STATUS status;

        winetest_push_context("alert %u", alerts[i].alert);
        ends_of(&p, o);
        ok((status = control(from->context, token, sizeof(token))) == SEC_E_OK, "%08lx\n", status);
        status = leg(from, FALSE);
        ok(status == SEC_E_OK && from->peer->size, "%08lx\n", status);
        status = unseal(from->peer->context, from->peer->in, from->peer->size, &data, &got, &extra);
        ok(status == alerts[i].status, "%08lx\n", status);
        status = unseal(from->peer->context, from->peer->in, from->peer->size, &data, &got, &extra);
        ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "again: %08lx\n", status);
        ok(FAILED(leg(from->peer, FALSE)), "a leg after it\n");
        pair_close(&p);
        winetest_pop_context();
    }
}

/* The same instead of a ServerHello, as a plain record: the client's leg says it. */
static void test_alerts_in_the_handshake(const struct options *o)
{
    ULONG i;
    for (i = 0; i < ARRAY_SIZE(alerts); i++) {
        BYTE alert[] = {21, 3, 3, 0, 2, 2, alerts[i].alert};
        SecBuffer in[2] = {{sizeof(alert), SECBUFFER_TOKEN, alert}}, out = {0, SECBUFFER_TOKEN};
        SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};
        CredHandle credential;
        CtxtHandle context;
        ULONG attributes;
        SECURITY_STATUS status;

        winetest_push_context("alert %u", alerts[i].alert);
        ok(acquire_client(o, &credential) == SEC_E_OK, "no credential\n");
        status = sspi->InitializeSecurityContextW(&credential, NULL, (SEC_WCHAR *)L"localhost",
                ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, &context, &output, &attributes, NULL);
        ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
        sspi->FreeContextBuffer(out.pvBuffer);
        out.pvBuffer = NULL;
        out.cbBuffer = 0;
        status = sspi->InitializeSecurityContextW(&credential, &context,
                (SEC_WCHAR *)L"localhost", ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_EXTENDED_ERROR, 0, 0,
                &input, 0, NULL, &output, &attributes, NULL);
        ok(status == alerts[i].status, "%08lx\n", status);
        ok(!out.cbBuffer, "an alert is not answered\n");
        sspi->DeleteSecurityContext(&context);
        sspi->FreeCredentialsHandle(&credential);
        winetest_pop_context();
    }
}

/* A failing leg says why, in an ALERT buffer if there is one, else as its token; only when asked to. */
static void test_failing_leg(BOOL is_server, BOOL extended, BOOL alert_buffer)
{
    BYTE bad[] = {22, 3, 1, 0, 4, 99, 0, 0, 0};
    SecBuffer in[2] = {{sizeof(bad), SECBUFFER_TOKEN, bad}};
    SecBuffer out[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, 2, in},
                  output = {SECBUFFER_VERSION, alert_buffer ? 2 : 1, out};
    ULONG attributes, flag = is_server ? ASC_REQ_EXTENDED_ERROR : ISC_REQ_EXTENDED_ERROR;
    ULONG request = ISC_REQ_ALLOCATE_MEMORY | (extended ? flag : 0);
    SecBuffer *full = &out[!!alert_buffer], *empty = &out[!alert_buffer];
    CredHandle credential;
    CtxtHandle context;
    SECURITY_STATUS status;

    if (is_server) {
        ok(acquire_server(&tls12, &credential) == SEC_E_OK, "no credential\n");
        status = sspi->AcceptSecurityContext(
                &credential, NULL, &input, request, 0, &context, &output, &attributes, NULL);
    } else {
        SecBuffer hello = {0, SECBUFFER_TOKEN, NULL};
        SecBufferDesc first = {SECBUFFER_VERSION, 1, &hello};
        ok(acquire_client(&tls12, &credential) == SEC_E_OK, "no credential\n");
        status = sspi->InitializeSecurityContextW(&credential, NULL, (SEC_WCHAR *)L"localhost",
                request, 0, 0, NULL, 0, &context, &first, &attributes, NULL);
        ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
        sspi->FreeContextBuffer(hello.pvBuffer);
        status = sspi->InitializeSecurityContextW(&credential, &context,
                (SEC_WCHAR *)L"localhost", request, 0, 0, &input, 0, NULL, &output, &attributes,
                NULL);
        sspi->DeleteSecurityContext(&context);
    }
    ok(FAILED(status) && status != SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", status);
    ok(full->cbBuffer == (extended ? 7 : 0), "server %d: %lu bytes\n", is_server, full->cbBuffer);
    if (full->cbBuffer == 7) {
        BYTE *alert = full->pvBuffer;
        ok(alert[0] == 21 && alert[5] == 2 && alert[6] == 10, "alert %u %u\n", alert[5], alert[6]);
        sspi->FreeContextBuffer(alert);
    }
    if (alert_buffer)
        ok(!empty->cbBuffer, "the alert twice\n");
    sspi->FreeCredentialsHandle(&credential);
}

/* ---- shutdown ---- */

static void shut_down(struct end *e)
{
    static const DWORD kind = SCHANNEL_SHUTDOWN;
    ULONG had = e->peer->size;
    SECURITY_STATUS status = control(e->context, &kind, sizeof(kind));
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = leg(e, FALSE);
    ok(status == SEC_E_OK && e->peer->size > had, "%08lx\n", status);
}

/* Either end first; the other goes on until it has said so too. Then nothing is left to say. */
static void test_shutdown(const struct options *o, BOOL client_first)
{
    struct end *first = client_first ? &client : &server, *last = first->peer;
    struct pair p;
    SECURITY_STATUS status;
    BYTE *data;
    ULONG got, extra;

    first = client_first ? &client : &server;
    ends_of(&p, o);
    last = first->peer;
    send_some(first);
    shut_down(first);
    last->status = SEC_E_OK;
    while (read_one(last))
        ;
    ok(last->records == 1 && last->status == SEC_I_CONTEXT_EXPIRED, "%u records, %08lx\n",
            last->records, last->status);
    last->size = 0;
    send_some(last); /* RFC 8446 6.1: the other direction stays open */
    while (read_one(first))
        ;
    ok(first->records == 1, "%u records\n", first->records);
    shut_down(last);
    status = unseal(first->context, first->in, first->size, &data, &got, &extra);
    ok(status == SEC_I_CONTEXT_EXPIRED, "%08lx\n", status);
    first->size = 0;
    status = leg(first, FALSE);
    ok(status == SEC_E_CONTEXT_EXPIRED, "a leg without input: %08lx\n", status);
    pair_close(&p);
}

/* Who has said good-bye does not answer any more: neither a HelloRequest nor a question who it is. */
static void test_asked_after_shutdown(const struct options *o)
{
    struct pair p;
    ends_of(&p, o);
    shut_down(&client);
    server.size = 0; /* the server has not read it yet */
    server.request = ASC_REQ_MUTUAL_AUTH;
    ok(leg(&server, FALSE) == SEC_E_OK && client.size, "not asked\n");
    client.status = SEC_E_OK;
    while (read_one(&client))
        ;
    ok(SUCCEEDED(client.status), "client %08lx\n", client.status);
    ok(!server.size, "%lu bytes behind close_notify\n", server.size);
    send_some(&server);
    while (read_one(&client))
        ;
    ok(client.records == 1, "%u records\n", client.records);
    pair_close(&p);
}

static void all_tests(void)
{
    static const struct options *const versions[] = {&tls12, &tls13};
    int i, j;
    for (i = 0; i < 4; i++)
        test_renegotiation(i & 1, i & 2);
    test_control();
    test_not_offered();
    test_freed_credential();
    test_reads_on(FALSE);
    test_reads_on(TRUE);
    test_reads_on_and_on(FALSE);
    test_reads_on_and_on(TRUE);
    test_dropped(FALSE, FALSE);
    test_dropped(FALSE, TRUE);
    test_dropped(TRUE, FALSE);
    for (i = 0; i < 2; i++) {
        winetest_push_context("%s", i ? "1.3" : "1.2");
        for (j = 0; j < 8; j++)
            test_asked(versions[i], j & 1, j & 2, j & 4);
        test_no_certificate(versions[i]);
        test_without_decrypt(versions[i], FALSE);
        test_without_decrypt(versions[i], TRUE);
        test_validated(versions[i]);
        test_another_certificate(versions[i]);
        test_alerts(versions[i]);
        test_alerts_in_the_handshake(versions[i]);
        test_shutdown(versions[i], TRUE);
        test_shutdown(versions[i], FALSE);
        test_asked_after_shutdown(versions[i]);
        winetest_pop_context();
    }
    for (i = 0; i < 8; i++)
        test_failing_leg(i & 1, i & 2, i & 4);
}

START_TEST(again)
{
    pair_setup();
    trusted = make_certificate(L"opensspi-test-again", TRUE);
    untrusted = make_certificate(L"opensspi-test-again-other", TRUE);
    pair_as_w_and_a(all_tests);
    CertFreeCertificateContext(trusted);
    CertFreeCertificateContext(untrusted);
    delete_container(L"opensspi-test-again");
    delete_container(L"opensspi-test-again-other");
}
