/* DTLS through the API: datagrams in memory, some of them lost.
 *
 * Sources. Windows as Wine's conformance tests saw it: the first leg's attributes and expiry, the
 * leg without room, what is sent again (schannel.c, test_dtls). "SetContextAttributes (Schannel)" and "SecBuffer
 * structure": the MTU. Programs that run on Windows (docs/interop.md, Schannel's datagrams): the
 * server's SECBUFFER_EXTRA, SEC_I_MESSAGE_FRAGMENT, SRTP's byte order, what DecryptMessage says of
 * datagrams that it drops, and SEC_E_UNFINISHED_CONTEXT_DELETED. RFC 6347: the records. */
#include "pair.h"

#define MANUAL (SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS)
#define REQUEST                                                                                    \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT | ISC_REQ_DATAGRAM)
#define HOST L"sch\u00e4tze.example"

C_ASSERT(ISC_REQ_DATAGRAM == ASC_REQ_DATAGRAM && ISC_REQ_ALLOCATE_MEMORY == ASC_REQ_ALLOCATE_MEMORY);

enum { QUEUE = 64, DATAGRAM = 2000 };

struct datagram {
    BYTE data[DATAGRAM];
    ULONG size;
};

struct side {
    CredHandle credential;
    CtxtHandle context;
    BOOL server, has_credential, has_context;
    SECURITY_STATUS status;
    ULONG attributes, request, mtu;
    USHORT srtp[4]; /* in host order; 0 ends */
    struct datagram in[QUEUE];
    ULONG count, sent, lose; /* the LOSEth datagram that it sends gets lost; 0: none */
    ULONG fragments, largest;
};

static BYTE address[] = {2, 0, 0x30, 0x39, 127, 0, 0, 1};

static void acquire(struct side *s, const struct options *o, BOOL server)
{
    SECURITY_STATUS status;
    memset(s, 0, sizeof(*s));
    s->server = server;
    s->request = REQUEST | ISC_REQ_ALLOCATE_MEMORY |
                 (server ? ASC_REQ_EXTENDED_ERROR : ISC_REQ_EXTENDED_ERROR);
    status = server ? acquire_server(o, &s->credential) : acquire_client(o, &s->credential);
    ok(status == SEC_E_OK, "credential %08lx\n", status);
    s->has_credential = status == SEC_E_OK;
    s->status = SEC_I_CONTINUE_NEEDED;
}

static void release(struct side *s)
{
    if (s->has_context)
        sspi->DeleteSecurityContext(&s->context);
    if (s->has_credential)
        sspi->FreeCredentialsHandle(&s->credential);
}

/* The buffers that go with every input. */
static ULONG more_input(struct side *s, SecBuffer *buffers, BYTE *srtp, USHORT *mtu)
{
    ULONG count = 0;
    if (s->server)
        buffers[count++] = (SecBuffer){sizeof(address), SECBUFFER_EXTRA, address};
    if (s->mtu) {
        *mtu = (USHORT)s->mtu;
        buffers[count++] = (SecBuffer){sizeof(*mtu), SECBUFFER_DTLS_MTU, mtu};
    }
    if (s->srtp[0]) {
        ULONG n;
        for (n = 0; s->srtp[n]; n++) {
            srtp[2 + 2 * n] = (BYTE)(s->srtp[n] >> 8);
            srtp[3 + 2 * n] = (BYTE)s->srtp[n];
        }
        *(USHORT *)srtp = (USHORT)(2 * n);
        buffers[count++] = (SecBuffer){2 + 2 * n, SECBUFFER_SRTP_PROTECTION_PROFILES, srtp};
    }
    return count;
}

static SECURITY_STATUS call(struct side *s, SecBufferDesc *in, SecBufferDesc *out)
{
    CtxtHandle *present = s->has_context ? &s->context : NULL;
    TimeStamp expiry;
    if (s->server)
        return sspi->AcceptSecurityContext(&s->credential, present, in, s->request, 0, &s->context,
                out, &s->attributes, &expiry);
    return sspi->InitializeSecurityContextW(&s->credential, present, (SEC_WCHAR *)HOST, s->request,
            0, 0, in, 0, &s->context, out, &s->attributes, &expiry);
}

static void put(struct side *to, const void *data, ULONG size)
{
    ok(to->count < QUEUE && size <= DATAGRAM, "no room\n");
    memcpy(to->in[to->count].data, data, size);
    to->in[to->count++].size = size;
}

static BOOL get(struct side *s, struct datagram *d)
{
    if (!s->count)
        return FALSE;
    *d = s->in[0];
    memmove(s->in, s->in + 1, --s->count * sizeof(s->in[0]));
    return TRUE;
}

static void deliver(struct side *s, struct side *to, SecBuffer *token)
{
    if (!token->cbBuffer)
        return;
    s->largest = max(s->largest, token->cbBuffer);
    if (++s->sent != s->lose)
        put(to, token->pvBuffer, token->cbBuffer);
    sspi->FreeContextBuffer(token->pvBuffer);
}

/* One datagram in (NULL: none), and all that comes of it. */
static SECURITY_STATUS step(struct side *s, struct side *to, struct datagram *d)
{
    do {
        BYTE srtp[16];
        USHORT mtu;
        SecBuffer in[6] = {{d ? d->size : 0, SECBUFFER_TOKEN, d ? d->data : NULL},
                {0, SECBUFFER_EMPTY, NULL}};
        SecBuffer out[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
        SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 2, out};
        input.cBuffers += more_input(s, in + 2, srtp, &mtu);
        s->status = call(s, d || !s->has_context ? &input : NULL, &output);
        s->has_context |= SUCCEEDED(s->status);
        deliver(s, to, &out[0]);
        deliver(s, to, &out[1]);
        s->fragments += s->status == SEC_I_MESSAGE_FRAGMENT;
        d = NULL;
    } while (s->status == SEC_I_MESSAGE_FRAGMENT);
    return s->status;
}

/* INCOMPLETE_MESSAGE: a server that does not know its client yet has nothing to say. */
static BOOL going(const struct side *s)
{
    return s->status == SEC_I_CONTINUE_NEEDED || s->status == SEC_E_INCOMPLETE_MESSAGE;
}

static SECURITY_STATUS read_record(struct side *s, struct datagram *d, BYTE **data, ULONG *size)
{
    ULONG extra;
    SECURITY_STATUS status = unseal(&s->context, d->data, d->size, data, size, &extra);
    return status;
}

/* A datagram for an end that is done: the peer's last flight again, or nothing of use. */
static void late(struct side *s, struct side *to, struct datagram *d)
{
    BYTE *data;
    ULONG size;
    if (read_record(s, d, &data, &size) == SEC_E_UNFINISHED_CONTEXT_DELETED)
        ok(step(s, to, d) == SEC_E_OK, "%08lx\n", s->status);
}

static BOOL take(struct side *s, struct side *to)
{
    struct datagram d;
    if (!get(s, &d))
        return FALSE;
    if (s->status == SEC_E_OK)
        late(s, to, &d);
    else if (going(s))
        step(s, to, &d);
    return TRUE;
}

/* Nothing moved: the programs' timers run out. */
static void timers(struct side *client, struct side *server)
{
    if (going(client))
        step(client, server, NULL);
    if (server->has_context && going(server))
        step(server, client, NULL);
}

static void connect_pair(struct side *client, struct side *server)
{
    step(client, server, NULL);
    for (int i = 0; i < 60 && (going(client) || going(server)); i++) {
        BOOL moved = take(server, client);
        moved |= take(client, server);
        if (!moved)
            timers(client, server);
    }
}

static struct side client, server;

static const struct options plain = {SP_PROT_DTLS1_2_CLIENT, SP_PROT_DTLS1_2_SERVER, MANUAL};

static void begin(const struct options *o)
{
    acquire(&client, o, FALSE);
    acquire(&server, o, TRUE);
}

static void end(void)
{
    release(&client);
    release(&server);
}

static void expect_open(void)
{
    ok(client.status == SEC_E_OK, "client %08lx\n", client.status);
    ok(server.status == SEC_E_OK, "server %08lx\n", server.status);
}

/* ---- credentials ---- */

static void test_protocols(void)
{
    static const struct {
        DWORD asked;
        SECURITY_STATUS want;
        DWORD supported;
    } cases[] = {
            {SP_PROT_DTLS1_2_CLIENT, SEC_E_OK, SP_PROT_DTLS1_2_CLIENT},
            {SP_PROT_DTLS1_X_CLIENT, SEC_E_OK, SP_PROT_DTLS1_2_CLIENT},
            {SP_PROT_DTLS1_0_CLIENT, SEC_E_ALGORITHM_MISMATCH}, /* off in the registry */
            {SP_PROT_DTLS1_X_CLIENT | SP_PROT_TLS1_2_CLIENT, SEC_E_ALGORITHM_MISMATCH},
            {SP_PROT_DTLS1_X_CLIENT | SP_PROT_TLS1_SERVER, SEC_E_ALGORITHM_MISMATCH},
            {SP_PROT_DTLS1_X_CLIENT | SP_PROT_SSL3_SERVER, SEC_E_ALGORITHM_MISMATCH},
    };
    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        struct options o = {cases[i].asked};
        SecPkgCred_SupportedProtocols protocols = {0};
        CredHandle credential;
        SECURITY_STATUS status = acquire_client(&o, &credential);
        ok(status == cases[i].want, "%d: %08lx\n", i, status);
        if (status != SEC_E_OK)
            continue;
        status = sspi->QueryCredentialsAttributesW(
                &credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols);
        ok(status == SEC_E_OK && protocols.grbitProtocol == cases[i].supported, "%d: %08lx %lx\n",
                i, status, protocols.grbitProtocol);
        sspi->FreeCredentialsHandle(&credential);
    }
}

/* SCH_CREDENTIALS can only say what is not wanted. */
static void test_all_else_disabled(void)
{
    TLS_PARAMETERS parameters = {.grbitDisabledProtocols = ~(DWORD)SP_PROT_DTLS1_2_CLIENT};
    SCH_CREDENTIALS cred = {SCH_CREDENTIALS_VERSION, .cTlsParameters = 1, .pTlsParameters = &parameters};
    SecPkgCred_SupportedProtocols protocols = {0};
    CredHandle credential;
    SECURITY_STATUS status = sspi->AcquireCredentialsHandleW(
            NULL, SSPI_PACKAGE, SECPKG_CRED_OUTBOUND, NULL, &cred, NULL, NULL, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = sspi->QueryCredentialsAttributesW(
            &credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols);
    ok(status == SEC_E_OK && protocols.grbitProtocol == SP_PROT_DTLS1_2_CLIENT, "%08lx %lx\n",
            status, protocols.grbitProtocol);
    sspi->FreeCredentialsHandle(&credential);
}

/* Datagrams with a credential for TLS, a stream with one for DTLS: nothing in common. */
static void test_wrong_kind(void)
{
    struct options tls = {SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, MANUAL};
    acquire(&client, &tls, FALSE);
    ok(step(&client, &server, NULL) == SEC_E_ALGORITHM_MISMATCH, "%08lx\n", client.status);
    release(&client);
    acquire(&client, &plain, FALSE);
    client.request &= ~(ULONG)ISC_REQ_DATAGRAM;
    ok(step(&client, &server, NULL) == SEC_E_ALGORITHM_MISMATCH, "%08lx\n", client.status);
    release(&client);
}

/* ---- the first leg ---- */

struct output {
    BYTE token[1500], alert[100];
    SecBuffer buffers[2];
    SecBufferDesc desc;
};

static void output_init(struct output *o, ULONG alert)
{
    o->buffers[0] = (SecBuffer){sizeof(o->token), SECBUFFER_TOKEN, o->token};
    o->buffers[1] = (SecBuffer){alert, SECBUFFER_ALERT, o->alert};
    o->desc = (SecBufferDesc){SECBUFFER_VERSION, 2, o->buffers};
}

static void test_sent_again(void)
{
    static struct output first, second;
    WORD mtu = 1024;
    SecBuffer in = {2, SECBUFFER_DTLS_MTU, &mtu};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in};
    const ULONG asked = REQUEST | ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_EXTENDED_ERROR |
                        ISC_REQ_USE_SUPPLIED_CREDS;
    CtxtHandle other = {0xdead, 0xbeef};
    SECURITY_STATUS status;
    ULONG attributes = 0;
    TimeStamp expiry = {{0xdead, 0xbeef}};

    acquire(&client, &plain, FALSE);
    output_init(&first, sizeof(first.alert));
    status = sspi->InitializeSecurityContextW(&client.credential, NULL, (SEC_WCHAR *)HOST, asked, 0,
            0, &input, 0, &client.context, &first.desc, &attributes, &expiry);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    client.has_context = TRUE;
    ok(attributes == (asked | ISC_RET_STREAM), "attributes %lx\n", attributes);
    ok(!expiry.QuadPart, "expiry %I64x\n", expiry.QuadPart);
    ok(!first.buffers[1].cbBuffer && first.buffers[0].cbBuffer <= mtu, "sizes %lu %lu\n",
            first.buffers[0].cbBuffer, first.buffers[1].cbBuffer);

    output_init(&second, 0);
    status = sspi->InitializeSecurityContextW(&client.credential, &client.context,
            (SEC_WCHAR *)HOST, asked, 0, 0, NULL, 0, &other, &second.desc, &attributes, &expiry);
    ok(status == SEC_E_INSUFFICIENT_MEMORY, "%08lx\n", status);
    ok(attributes == (ISC_RET_CONFIDENTIALITY | ISC_RET_SEQUENCE_DETECT | ISC_RET_REPLAY_DETECT),
            "attributes %lx\n", attributes);
    ok(!expiry.QuadPart, "expiry %I64x\n", expiry.QuadPart);
    ok(other.dwLower == 0xdead && other.dwUpper == 0xbeef, "handle written\n");

    output_init(&second, sizeof(second.alert));
    status = sspi->InitializeSecurityContextW(&client.credential, &client.context,
            (SEC_WCHAR *)HOST, asked, 0, 0, NULL, 0, &other, &second.desc, &attributes, &expiry);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    ok(attributes == (asked | ISC_RET_STREAM), "attributes %lx\n", attributes);
    ok(expiry.QuadPart, "no expiry\n");
    ok(other.dwLower == client.context.dwLower && other.dwUpper == client.context.dwUpper,
            "another handle\n");
    ok(second.buffers[0].cbBuffer == first.buffers[0].cbBuffer, "size %lu\n",
            second.buffers[0].cbBuffer);
    ok(first.token[10] == 0 && second.token[10] == 1, "numbers %u %u\n", first.token[10],
            second.token[10]);
    second.token[10] = 0;
    ok(!memcmp(first.token, second.token, first.buffers[0].cbBuffer), "not the same hello\n");
    release(&client);
}

/* ---- the server's first legs ---- */

static SECURITY_STATUS accept_hello(
        CtxtHandle *context, struct datagram *d, void *extra, ULONG extra_size, struct datagram *out)
{
    SecBuffer in[3] = {{d->size, SECBUFFER_TOKEN, d->data}, {0, SECBUFFER_EMPTY, NULL},
            {extra_size, SECBUFFER_EXTRA, extra}};
    SecBuffer token = {sizeof(out->data), SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, extra ? 3 : 2, in};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &token};
    ULONG attributes;
    TimeStamp expiry;
    CtxtHandle fresh = {0};
    SECURITY_STATUS status = sspi->AcceptSecurityContext(&server.credential, context, &input,
            REQUEST, 0, context ? context : &fresh, &output, &attributes, &expiry);
    out->size = SUCCEEDED(status) ? token.cbBuffer : 0;
    if (!context && SUCCEEDED(status))
        sspi->DeleteSecurityContext(&fresh);
    return status;
}

static void check_verify_request(const struct datagram *d, const struct datagram *hello)
{
    ok(d->size == 60 && d->data[0] == 22 && d->data[13] == 3 && d->data[27] == 32,
            "not a HelloVerifyRequest: %lu bytes, %u %u %u\n", d->size, d->data[0], d->data[13],
            d->data[27]);
    ok(!memcmp(d->data + 3, hello->data + 3, 8), "another number\n");
}

static void test_cookie(void)
{
    static struct datagram hello, second, out, other;
    SECURITY_STATUS status;

    begin(&plain);
    step(&client, &server, NULL);
    get(&server, &hello);
    status = accept_hello(NULL, &hello, NULL, 0, &out);
    ok(status == SEC_E_INVALID_PARAMETER, "no address: %08lx\n", status);
    status = accept_hello(NULL, &hello, address, sizeof(address), &out);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    check_verify_request(&out, &hello);

    step(&client, &server, &out);
    get(&server, &second);
    ok(second.size == hello.size + 32, "%lu bytes, %lu\n", second.size, hello.size);
    address[7]++;
    status = accept_hello(NULL, &second, address, sizeof(address), &other);
    address[7]--;
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    check_verify_request(&other, &second);
    ok(memcmp(other.data + 28, out.data + 28, 32), "the same cookie for another address\n");

    second.data[61]++; /* the cookie's first byte, behind an empty session id */
    status = accept_hello(NULL, &second, address, sizeof(address), &other);
    second.data[61]--;
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
    check_verify_request(&other, &second);
    ok(!memcmp(other.data + 28, out.data + 28, 32), "another cookie for the same hello\n");

    status = accept_hello(NULL, &second, address, sizeof(address), &out);
    ok(status == SEC_I_CONTINUE_NEEDED || status == SEC_I_MESSAGE_FRAGMENT, "%08lx\n", status);
    ok(out.size > 60 && out.data[13] == 2, "no ServerHello: %lu bytes, message %u\n", out.size,
            out.data[13]);
    end();
}

/* What is no hello is dropped: without a context none comes of it, with one it goes on. */
static void test_not_a_hello(void)
{
    static struct datagram junk, hello, out;
    SECURITY_STATUS status;

    begin(&plain);
    step(&client, &server, NULL);
    hello = server.in[0];
    for (ULONG size = 1; size < hello.size; size += 7) {
        junk = hello;
        junk.size = size;
        status = accept_hello(NULL, &junk, address, sizeof(address), &out);
        ok(status == SEC_E_INVALID_TOKEN, "%lu bytes: %08lx\n", size, status);
    }
    take(&server, &client);
    ok(server.has_context && client.count == 1, "no answer\n");
    step(&server, &client, &junk);
    ok(server.status == SEC_I_CONTINUE_NEEDED && client.count == 1, "%08lx, %lu answers\n",
            server.status, client.count);
    connect_pair(&client, &server);
    expect_open();
    end();
}

/* ---- whole handshakes ---- */

static void check_text(struct side *from, struct side *to, const char *text)
{
    static struct datagram d;
    BYTE *data;
    ULONG size, length = (ULONG)strlen(text);
    d.size = seal(&from->context, text, length, d.data);
    ok(read_record(to, &d, &data, &size) == SEC_E_OK && size == length && !memcmp(data, text, size),
            "\"%s\" did not arrive\n", text);
}

static ULONG query_mtu(struct side *s)
{
    ULONG mtu = 0;
    SECURITY_STATUS status = sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_DTLS_MTU, &mtu);
    ok(status == SEC_E_OK, "%08lx\n", status);
    return mtu;
}

static SecPkgContext_StreamSizes query_sizes(struct side *s)
{
    SecPkgContext_StreamSizes sizes = {0};
    SECURITY_STATUS status =
            sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_STREAM_SIZES, &sizes);
    ok(status == SEC_E_OK, "%08lx\n", status);
    return sizes;
}

static void check_version(struct side *s, DWORD protocol, DWORD number)
{
    SecPkgContext_ConnectionInfo info = {0};
    SecPkgContext_CipherInfo cipher = {SECPKGCONTEXT_CIPHERINFO_V1};
    SECURITY_STATUS status =
            sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_CONNECTION_INFO, &info);
    ok(status == SEC_E_OK && info.dwProtocol == protocol, "%08lx, protocol %lx\n", status,
            info.dwProtocol);
    status = sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_CIPHER_INFO, &cipher);
    ok(status == SEC_E_OK && cipher.dwProtocol == number, "%08lx, protocol %lx\n", status,
            cipher.dwProtocol);
}

static void check_srtp(struct side *s, USHORT want)
{
    SecPkgContext_SrtpParameters srtp = {0xdead, 1, (BYTE *)1};
    SECURITY_STATUS status =
            sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_SRTP_PARAMETERS, &srtp);
    ok(status == SEC_E_OK && srtp.ProtectionProfile == (USHORT)(want << 8 | want >> 8),
            "%08lx, profile %04x, wanted %04x\n", status, srtp.ProtectionProfile, want);
    ok(!srtp.MasterKeyIdentifierSize && !srtp.MasterKeyIdentifier, "an identifier\n");
}

/* SRTP's keys (RFC 5764 4.2, RFC 5705); the label as programs give it, with its NUL. */
static void query_key(struct side *s, BYTE key[60])
{
    static char label[] = "EXTRACTOR-dtls_srtp";
    SecPkgContext_KeyingMaterialInfo ask = {sizeof(label), label, 0, NULL, 60};
    SecPkgContext_KeyingMaterial got = {0};
    SECURITY_STATUS status = sspi->SetContextAttributesW(
            &s->context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &ask, sizeof(ask));
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_KEYING_MATERIAL, &got);
    ok(status == SEC_E_OK && got.cbKeyingMaterial == 60, "%08lx, %lu bytes\n", status,
            got.cbKeyingMaterial);
    memset(key, 0, 60);
    if (status != SEC_E_OK)
        return;
    memcpy(key, got.pbKeyingMaterial, 60);
    sspi->FreeContextBuffer(got.pbKeyingMaterial);
}

static void check_keys(void)
{
    static BYTE last[60];
    BYTE ours[60], theirs[60];
    query_key(&client, ours);
    query_key(&server, theirs);
    ok(!memcmp(ours, theirs, 60), "the keys differ\n");
    ok(memcmp(ours, last, 60), "the key of another session\n");
    memcpy(last, ours, 60);
}

static const struct {
    ULONG mtu;
    USHORT client[4], server[4], srtp;
} sessions[] = {
        {0, {0}, {0}, 0},
        {600, {1}, {2, 1}, 1},
        {1400, {7, 1}, {1, 7}, 7},
        {9000, {1}, {2}, 0}, /* nothing in common */
};

static void test_session(int i)
{
    ULONG mtu = sessions[i].mtu ? sessions[i].mtu : 1096; /* "SetContextAttributes": the default */
    SecPkgContext_StreamSizes sizes;

    winetest_push_context("session %d", i);
    begin(&plain);
    client.mtu = server.mtu = sessions[i].mtu;
    memcpy(client.srtp, sessions[i].client, sizeof(client.srtp));
    memcpy(server.srtp, sessions[i].server, sizeof(server.srtp));
    connect_pair(&client, &server);
    expect_open();
    ok(client.attributes == (client.request | ISC_RET_STREAM), "%lx\n", client.attributes);
    ok(server.attributes == (server.request | ASC_RET_STREAM), "%lx\n", server.attributes);
    ok(query_mtu(&client) == mtu && query_mtu(&server) == mtu, "MTU %lu\n", query_mtu(&client));
    ok(client.largest <= mtu && server.largest <= mtu, "datagrams of %lu, %lu\n", client.largest,
            server.largest);
    if (mtu != 1096) /* where the certificate's size decides */
        ok((server.fragments > 0) == (mtu < 1000), "%lu fragments\n", server.fragments);
    sizes = query_sizes(&client);
    ok(sizes.cbHeader == 21 || sizes.cbHeader == 13, "header %lu\n", sizes.cbHeader);
    ok(sizes.cbTrailer == 16, "trailer %lu\n", sizes.cbTrailer);
    ok(sizes.cbMaximumMessage == mtu - sizes.cbHeader - sizes.cbTrailer, "message %lu\n",
            sizes.cbMaximumMessage);
    check_version(&client, SP_PROT_DTLS1_2_CLIENT, 0xfefd);
    check_version(&server, SP_PROT_DTLS1_2_SERVER, 0xfefd);
    check_srtp(&client, sessions[i].srtp);
    check_srtp(&server, sessions[i].srtp);
    check_keys();
    check_text(&client, &server, "from the client");
    check_text(&server, &client, "from the server, a little longer");
    end();
    winetest_pop_context();
}

/* Default credentials of both kinds do DTLS when they are asked for datagrams. */
static void test_default_credentials(void)
{
    struct options o = {0, 0, MANUAL};
    begin(&o);
    connect_pair(&client, &server);
    expect_open();
    check_version(&client, SP_PROT_DTLS1_2_CLIENT, 0xfefd);
    end();
}

static void test_losses(void)
{
    for (ULONG i = 1; i <= 12; i++) {
        winetest_push_context("loss %lu", i);
        begin(&plain);
        client.mtu = server.mtu = i & 1 ? 400 : 0;
        client.lose = i % 4 + 1;
        server.lose = i / 2;
        connect_pair(&client, &server);
        expect_open();
        check_text(&client, &server, "after a loss");
        end();
        winetest_pop_context();
    }
}

/* The server is done; its last flight does not arrive. */
static void test_last_flight(void)
{
    static struct datagram d, copy;
    BYTE *data;
    ULONG size;
    SECURITY_STATUS status;

    begin(&plain);
    step(&client, &server, NULL);
    for (int i = 0; i < 20 && going(&server); i++) {
        take(&server, &client);
        if (going(&server))
            take(&client, &server);
    }
    ok(server.status == SEC_E_OK && going(&client), "%08lx %08lx\n", server.status, client.status);
    client.count = server.count = 0;
    step(&client, &server, NULL);
    ok(server.count == 1, "%lu datagrams\n", server.count);
    get(&server, &d);
    copy = d;
    status = read_record(&server, &d, &data, &size);
    ok(status == SEC_E_UNFINISHED_CONTEXT_DELETED, "%08lx\n", status);
    ok(!memcmp(d.data, copy.data, d.size), "the datagram was changed\n");
    ok(step(&server, &client, &d) == SEC_E_OK && client.count == 1, "%08lx, %lu datagrams\n",
            server.status, client.count);
    take(&client, &server);
    expect_open();
    check_text(&client, &server, "at last");
    check_text(&server, &client, "so it is");
    end();
}

/* ---- what is dropped ---- */

static void expect_dropped(struct side *s, const struct datagram *d, SECURITY_STATUS want)
{
    static struct datagram copy;
    SecBuffer buffers[4] = {{d->size, SECBUFFER_DATA, copy.data}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, buffers};
    copy = *d;
    SECURITY_STATUS status = sspi->DecryptMessage(&s->context, &desc, 0, NULL);
    ok(status == want, "%08lx, wanted %08lx\n", status, want);
    ok(!memcmp(copy.data, d->data, d->size), "the datagram was changed\n");
    ok(buffers[0].BufferType == SECBUFFER_DATA && buffers[0].cbBuffer == d->size, "buffer %lu %lu\n",
            buffers[0].BufferType, buffers[0].cbBuffer);
}

static void test_dropped(void)
{
    static struct datagram good, bad, old;
    BYTE *data;
    ULONG size;

    begin(&plain);
    connect_pair(&client, &server);
    expect_open();
    good.size = seal(&client.context, "hello", 5, good.data);
    for (int i = 0; i < 100; i++) { /* noise, of the form of a record and not */
        bad.size = 40;
        memset(bad.data, i * 37 + 1, bad.size);
        expect_dropped(&server, &bad, SEC_E_INVALID_TOKEN);
    }
    bad = good;
    bad.data[4] = 2; /* an epoch that is not there */
    expect_dropped(&server, &bad, SEC_E_INVALID_TOKEN);
    bad.data[4] = 0;
    expect_dropped(&server, &bad, SEC_E_INVALID_TOKEN);
    bad = good;
    bad.size--;
    expect_dropped(&server, &bad, SEC_E_INVALID_TOKEN);
    for (ULONG at = 5; at < good.size; at++) {
        if (at == 11 || at == 12)
            continue; /* the length */
        bad = good;
        bad.data[at] ^= 0x10;
        expect_dropped(&server, &bad, SEC_E_MESSAGE_ALTERED);
    }
    old = good;
    ok(read_record(&server, &good, &data, &size) == SEC_E_OK && size == 5, "not the good one\n");
    expect_dropped(&server, &old, SEC_E_OUT_OF_SEQUENCE);
    for (int i = 0; i < 70; i++)
        check_text(&client, &server, "more");
    expect_dropped(&server, &old, SEC_E_OUT_OF_SEQUENCE);
    check_text(&server, &client, "all is well");
    end();
}

/* ---- ends ---- */

static void test_shutdown(void)
{
    static struct datagram d;
    DWORD kind = SCHANNEL_SHUTDOWN;
    SecBuffer token = {sizeof(kind), SECBUFFER_TOKEN, &kind};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    BYTE *data;
    ULONG size;
    SECURITY_STATUS status;

    begin(&plain);
    connect_pair(&client, &server);
    expect_open();
    status = sspi->ApplyControlToken(&client.context, &desc);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(step(&client, &server, NULL) == SEC_E_OK && server.count == 1, "%08lx, %lu datagrams\n",
            client.status, server.count);
    get(&server, &d);
    status = read_record(&server, &d, &data, &size);
    ok(status == SEC_I_CONTEXT_EXPIRED, "%08lx\n", status);
    end();
}

/* ---- DTLS 1.0, which the registry has to turn on ---- */

static void set_enabled(const WCHAR *side, const DWORD *enabled)
{
    static const WCHAR path[] =
            L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\DTLS 1.0\\";
    WCHAR name[200];
    HKEY key;

    wcscpy(name, path);
    wcscat(name, side);
    ok(!RegCreateKeyExW(HKEY_LOCAL_MACHINE, name, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL,
               &key, NULL),
            "no key\n");
    if (enabled)
        RegSetValueExW(key, L"Enabled", 0, REG_DWORD, (const BYTE *)enabled, sizeof(*enabled));
    else
        RegDeleteValueW(key, L"Enabled");
    RegCloseKey(key);
}

static void test_dtls10(void)
{
    struct options o = {SP_PROT_DTLS1_0_CLIENT, SP_PROT_DTLS1_X_SERVER, MANUAL};
    const DWORD on = 1;

    set_enabled(L"Client", &on);
    set_enabled(L"Server", &on);
    begin(&o);
    connect_pair(&client, &server);
    expect_open();
    check_version(&client, SP_PROT_DTLS1_0_CLIENT, 0xfeff);
    check_version(&server, SP_PROT_DTLS1_0_SERVER, 0xfeff);
    ok(query_sizes(&client).cbHeader == 13 + 16, "header %lu\n", query_sizes(&client).cbHeader);
    check_text(&client, &server, "as of old");
    end();
    o.client_protocols = SP_PROT_DTLS1_X_CLIENT; /* the newer one, if both have it */
    begin(&o);
    connect_pair(&client, &server);
    expect_open();
    check_version(&client, SP_PROT_DTLS1_2_CLIENT, 0xfefd);
    end();
    set_enabled(L"Client", NULL);
    set_enabled(L"Server", NULL);
}

/* ---- sessions taken up again ---- */

static void connect_again(struct side *s)
{
    if (s->has_context)
        sspi->DeleteSecurityContext(&s->context);
    s->has_context = FALSE;
    s->count = 0;
    s->status = SEC_I_CONTINUE_NEEDED;
}

static void check_reconnect(struct side *s, BOOL want)
{
    SecPkgContext_SessionInfo info = {0xdead};
    SECURITY_STATUS status =
            sspi->QueryContextAttributesW(&s->context, SECPKG_ATTR_SESSION_INFO, &info);
    ok(status == SEC_E_OK && info.dwFlags == (want ? SSL_SESSION_RECONNECT : 0), "%08lx, flags %lx\n",
            status, info.dwFlags);
}

static void connect_once(BOOL want)
{
    connect_again(&client);
    connect_again(&server);
    connect_pair(&client, &server);
    expect_open();
    check_reconnect(&client, want);
    check_reconnect(&server, want);
    check_text(&client, &server, "how are you");
    check_text(&server, &client, "as before");
}

/* Sessions of streams and of datagrams are not mixed, even of the same credentials and target. */
static void test_reconnect(void)
{
    struct options o = {0, 0, MANUAL, .target = HOST, .server_flags = 0};
    static struct pair streams;
    BOOL(WINAPI * empty)(const WCHAR *target, DWORD flags);

    begin(&o);
    streams.client_credential = client.credential;
    streams.server_credential = server.credential;
    pair_connect(&streams, &o);
    ok(streams.client_status == SEC_E_OK, "%08lx\n", streams.client_status);
    pair_disconnect(&streams);
    connect_once(FALSE);
    connect_once(TRUE);
    server.lose = server.sent + 1; /* the flight that takes it up */
    connect_once(TRUE);
    client.lose = client.sent + 3; /* its Finished, behind two hellos */
    connect_once(TRUE);
    client.lose = server.lose = 0;
    empty = (void *)GetProcAddress(GetModuleHandleW(L"schannel.dll"), "SslEmptyCacheW");
    ok(empty && empty(HOST, 0), "nothing was kept\n");
    connect_once(FALSE);
    end();
}

/* Nobody negotiates again over datagrams. */
static void test_renegotiate(void)
{
    DWORD kind = SCHANNEL_RENEGOTIATE;
    SecBuffer token = {sizeof(kind), SECBUFFER_TOKEN, &kind};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    SECURITY_STATUS status;

    begin(&plain);
    connect_pair(&client, &server);
    expect_open();
    status = sspi->ApplyControlToken(&server.context, &desc);
    ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
    check_text(&server, &client, "on we go");
    end();
}

/* The control token of a server that has only sent a HelloVerifyRequest. */
static void test_too_early(void)
{
    DWORD kind = SCHANNEL_SHUTDOWN;
    SecBuffer token = {sizeof(kind), SECBUFFER_TOKEN, &kind};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &token};
    SecPkgContext_StreamSizes sizes;
    SECURITY_STATUS status;

    begin(&plain);
    step(&client, &server, NULL);
    take(&server, &client);
    ok(server.has_context && query_mtu(&server) == 1096, "no context\n");
    status = sspi->ApplyControlToken(&server.context, &desc);
    ok(status == SEC_E_OUT_OF_SEQUENCE, "%08lx\n", status);
    status = sspi->QueryContextAttributesW(&server.context, SECPKG_ATTR_STREAM_SIZES, &sizes);
    ok(status == SEC_E_INVALID_HANDLE, "%08lx\n", status);
    ok(step(&server, &client, NULL) == SEC_E_INCOMPLETE_MESSAGE, "%08lx\n", server.status);
    end();
}

/* Nobody trusts the test's certificate: the client says so, and the server hears it. */
static void test_untrusted(void)
{
    struct options o = plain;
    o.client_flags = SCH_CRED_NO_DEFAULT_CREDS;
    begin(&o);
    connect_pair(&client, &server);
    ok(client.status == SEC_E_UNTRUSTED_ROOT, "client %08lx\n", client.status);
    take(&server, &client);
    ok(server.status == SEC_E_UNTRUSTED_ROOT, "server %08lx\n", server.status);
    end();
}

static void test_client_certificate(BOOL shown)
{
    struct options o = plain;
    PCCERT_CONTEXT peer = NULL;
    SECURITY_STATUS status;

    o.client_certificate = shown ? test_certificate() : NULL;
    o.server_flags = SCH_CRED_MANUAL_CRED_VALIDATION;
    begin(&o);
    server.request |= ASC_REQ_MUTUAL_AUTH;
    connect_pair(&client, &server);
    expect_open();
    ok(!(server.attributes & ASC_RET_MUTUAL_AUTH) == !shown, "attributes %lx\n", server.attributes);
    status = sspi->QueryContextAttributesW(&server.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &peer);
    ok(status == (shown ? SEC_E_OK : SEC_E_NO_CREDENTIALS), "%08lx\n", status);
    if (status == SEC_E_OK) {
        ok(CertCompareCertificate(
                   X509_ASN_ENCODING, peer->pCertInfo, test_certificate()->pCertInfo),
                "another certificate\n");
        CertFreeCertificateContext(peer);
    }
    end();
}

static void test_mtu(void)
{
    ULONG values[] = {199, 200, 700, 65536, 65537}, i;
    SecPkgContext_StreamSizes before, after;

    begin(&plain);
    connect_pair(&client, &server);
    expect_open();
    before = query_sizes(&client);
    for (i = 0; i < ARRAY_SIZE(values); i++) {
        BOOL good = i > 0 && i < 4;
        SECURITY_STATUS status = sspi->SetContextAttributesW(
                &client.context, SECPKG_ATTR_DTLS_MTU, &values[i], sizeof(values[i]));
        ok(status == (good ? SEC_E_OK : SEC_E_INVALID_PARAMETER), "%lu: %08lx\n", values[i], status);
        ok(!good || query_mtu(&client) == values[i], "%lu\n", query_mtu(&client));
        after = query_sizes(&client);
        ok(i != 2 || before.cbMaximumMessage - after.cbMaximumMessage == 1096 - 700,
                "message %lu, before %lu\n", after.cbMaximumMessage, before.cbMaximumMessage);
    }
    ok(after.cbMaximumMessage > 16000 && after.cbMaximumMessage <= 16384, "message %lu\n",
            after.cbMaximumMessage);
    end();
}

/* A hello larger than the MTU (a program by Microsoft names the code). */
static void test_hello_too_large(void)
{
    acquire(&client, &plain, FALSE);
    client.mtu = 200;
    client.srtp[0] = 1;
    client.srtp[1] = 2;
    client.srtp[2] = 7;
    ok(step(&client, &server, NULL) == SEC_E_CANNOT_PACK, "%08lx\n", client.status);
    release(&client);
}

static void all_tests(void)
{
    test_protocols();
    test_all_else_disabled();
    test_wrong_kind();
    test_sent_again();
    test_cookie();
    test_not_a_hello();
    for (int i = 0; i < ARRAY_SIZE(sessions); i++)
        test_session(i);
    test_default_credentials();
    test_dtls10();
    test_losses();
    test_last_flight();
    test_dropped();
    test_shutdown();
    test_reconnect();
    test_renegotiate();
    test_too_early();
    test_untrusted();
    test_client_certificate(TRUE);
    test_client_certificate(FALSE);
    test_mtu();
    test_hello_too_large();
}

START_TEST(dtls)
{
    pair_setup();
    pair_as_w_and_a(all_tests);
}
