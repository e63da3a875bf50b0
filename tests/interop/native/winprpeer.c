/* winprpeer client|server NTLM PORT [OPTION=VALUE]...
 *     user, domain, password, target; request: flags; bindings: application data
 *     bindings go in beside the CHALLENGE, as libwinpr wants a token with them
 *     sam: the server's account file; hash: the NT hash (hex) of who logs in, instead of it
 *
 * A security context of libwinpr's own SSPI, played on over a socket as pe/sspipeer.c describes it: 'I', 'E', 'D', 'M', 'V',
 * 'Q' of NAMES. libwinpr writes the caller's MessageSeqNo into signatures, so it is counted here, per direction.
 */
#include <arpa/inet.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <winpr/ntlm.h>
#include <winpr/sspi.h>

enum { TOKEN_MAX = 2888, REQUEST_MAX = 1 << 20, SIGNATURE = 16 };

struct peer {
    int server, has_context;
    CredHandle credential;
    CtxtHandle context;
    ULONG request, attributes;
    TimeStamp expiry;
    UINT32 sent, received; /* sequence numbers */
    BYTE *bindings;
    ULONG bindings_size;
};
struct answer {
    BYTE data[REQUEST_MAX];
    size_t size;
};
static SecurityFunctionTableW *sspi;
static int arg_count;
static char **arg_values;

static void fail(const char *what, long code)
{
    fprintf(stderr, "winprpeer: %s: 0x%lX\n", what, code);
    exit(3);
}

static const char *option(const char *name, const char *otherwise)
{
    size_t size = strlen(name);

    for (int i = 4; i < arg_count; i++)
        if (!strncmp(arg_values[i], name, size) && arg_values[i][size] == '=')
            return arg_values[i] + size + 1;
    return otherwise;
}

/* UTF-16 with a NUL; COUNT: units without it. */
static UINT16 *utf16(const char *text, UINT32 *count)
{
    size_t in = strlen(text), room = in * 2 + 2, left = room;
    char *out = calloc(1, room), *to = out, *from = (char *)text;
    iconv_t c = iconv_open("UTF-16LE", "UTF-8");

    if (!out || c == (iconv_t)-1 || iconv(c, &from, &in, &to, &left) == (size_t)-1)
        fail("UTF-16", 0);
    iconv_close(c);
    *count = (UINT32)((room - left) / 2);
    return (UINT16 *)out;
}

static void put(struct answer *a, const void *data, size_t size)
{
    if (size > sizeof a->data - a->size)
        fail("a long answer", (long)size);
    memcpy(a->data + a->size, data, size);
    a->size += size;
}

static void put_number(struct answer *a, unsigned long long value, int bytes)
{
    while (bytes--) {
        BYTE b = (BYTE)(value >> (8 * bytes));
        put(a, &b, 1);
    }
}

/* libwinpr 2 takes a context's account file as an attribute, 3 a server credential's with its identity. */
static void *server_identity(void)
{
#ifdef SECPKG_ATTR_AUTH_NTLM_SAM_FILE
    return NULL;
#else
    static SEC_WINPR_NTLM_SETTINGS ntlm;
    static SEC_WINNT_AUTH_IDENTITY_WINPR identity;

    ntlm.samFile = (char *)option("sam", NULL);
    identity.identity.Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    identity.identity.Length = sizeof identity;
    identity.identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_EXTENDED;
    identity.ntlmSettings = &ntlm;
    return &identity;
#endif
}

static SECURITY_STATUS acquire(struct peer *p)
{
    SEC_WINNT_AUTH_IDENTITY identity = {0};
    UINT32 count;

    identity.User = utf16(option("user", ""), &identity.UserLength);
    identity.Domain = utf16(option("domain", ""), &identity.DomainLength);
    identity.Password = utf16(option("password", ""), &identity.PasswordLength);
    identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    return sspi->AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)utf16("NTLM", &count),
            p->server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL, p->server ? server_identity() : &identity,
            NULL, NULL, &p->credential, &p->expiry);
}

/* SEC_CHANNEL_BINDINGS with TEXT as application data and nothing else. */
static void bind_to(struct peer *p, const char *text)
{
    SEC_CHANNEL_BINDINGS head = {0};

    head.dwApplicationDataOffset = sizeof head;
    head.cbApplicationDataLength = (UINT32)strlen(text);
    p->bindings_size = (ULONG)(sizeof head + strlen(text));
    p->bindings = malloc(p->bindings_size);
    if (!p->bindings)
        fail("no memory", 0);
    memcpy(p->bindings, &head, sizeof head);
    memcpy(p->bindings + sizeof head, text, strlen(text));
}

static SECURITY_STATUS leg(struct peer *p, SecBufferDesc *in, SecBufferDesc *out)
{
    CtxtHandle *old = p->has_context ? &p->context : NULL;
    UINT32 count;

    if (p->server)
        return sspi->AcceptSecurityContext(&p->credential, old, in, p->request, SECURITY_NATIVE_DREP, &p->context, out,
                &p->attributes, &p->expiry);
    return sspi->InitializeSecurityContextW(&p->credential, old, (SEC_WCHAR *)utf16(option("target", ""), &count),
            p->request, 0, SECURITY_NATIVE_DREP, in, 0, &p->context, out, &p->attributes, &p->expiry);
}

/* What the server judges by. The context, which has to exist, takes it. */
static void accounts(struct peer *p)
{
    SecPkgContext_AuthNtlmHash hash = {.Version = 1};
    const char *hex = option("hash", "");

    for (int i = 0; i < 16 && *hex; i++)
        sscanf(hex + 2 * i, "%2hhx", &hash.NtlmHash[i]);
    if (*hex)
        sspi->SetContextAttributesW(&p->context, SECPKG_ATTR_AUTH_NTLM_HASH, &hash, sizeof hash);
#ifdef SECPKG_ATTR_AUTH_NTLM_SAM_FILE
    else
        sspi->SetContextAttributesW(&p->context, SECPKG_ATTR_AUTH_NTLM_SAM_FILE, (void *)option("sam", ""),
                (ULONG)strlen(option("sam", "")) + 1);
#endif
}

static SECURITY_STATUS step(struct peer *p, BYTE *data, ULONG size, struct answer *a)
{
    BYTE token[TOKEN_MAX];
    SecBuffer in[2] = {{p->bindings_size, SECBUFFER_CHANNEL_BINDINGS, p->bindings}, {size, SECBUFFER_TOKEN, data}};
    SecBuffer out[1] = {{sizeof token, SECBUFFER_TOKEN, token}};
    ULONG bound = p->bindings && size ? 1 : 0, count = bound + (size ? 1 : 0);
    SecBufferDesc in_desc = {SECBUFFER_VERSION, count, bound ? in : in + 1}, out_desc = {SECBUFFER_VERSION, 1, out};

    SECURITY_STATUS status = leg(p, count ? &in_desc : NULL, &out_desc);
    if (p->server && status == SEC_I_CONTINUE_NEEDED)
        accounts(p);
    if (status == SEC_I_COMPLETE_NEEDED)
        status = sspi->CompleteAuthToken(&p->context, &out_desc);
    p->has_context = 1;
    put_number(a, p->attributes, 4);
    put_number(a, 0, 8);
    if (status == SEC_I_CONTINUE_NEEDED || (status == SEC_E_OK && !p->server))
        put(a, token, out[0].cbBuffer);
    return status;
}

/* "signature, data" in DATA, in place. */
static SECURITY_STATUS message(struct peer *p, BYTE op, BYTE *data, ULONG size)
{
    ULONG qop;
    SecBuffer b[2] = {{SIGNATURE, SECBUFFER_TOKEN, data}, {size - SIGNATURE, SECBUFFER_DATA, data + SIGNATURE}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};

    switch (op) {
    case 'E':
        return sspi->EncryptMessage(&p->context, 0, &desc, p->sent++);
    case 'M':
        return sspi->MakeSignature(&p->context, 0, &desc, p->sent++);
    case 'D':
        return sspi->DecryptMessage(&p->context, &desc, p->received++, &qop);
    default:
        return sspi->VerifySignature(&p->context, &desc, p->received++, &qop);
    }
}

static SECURITY_STATUS protect(struct peer *p, BYTE op, const BYTE *data, ULONG size, struct answer *a)
{
    BYTE *copy = calloc(1, SIGNATURE + size);

    if (!copy)
        fail("no memory", (long)size);
    memcpy(copy + SIGNATURE, data, size);
    SECURITY_STATUS status = message(p, op, copy, SIGNATURE + size);
    if (status == SEC_E_OK)
        put(a, copy, SIGNATURE + size);
    free(copy);
    return status;
}

static SECURITY_STATUS unprotect(struct peer *p, BYTE op, BYTE *data, ULONG size, struct answer *a)
{
    if (size < SIGNATURE)
        return SEC_E_INVALID_TOKEN;
    SECURITY_STATUS status = message(p, op, data, size);
    if (status == SEC_E_OK && op == 'D')
        put(a, data + SIGNATURE, size - SIGNATURE);
    return status;
}

static SECURITY_STATUS names(struct peer *p, struct answer *a)
{
    SecPkgContext_AuthIdentity who = {{0}, {0}};
    SECURITY_STATUS status = sspi->QueryContextAttributesW(&p->context, SECPKG_ATTR_AUTH_IDENTITY, &who);

    if (status == SEC_E_OK) {
        put(a, who.Domain, strlen(who.Domain));
        put(a, "\\", 1);
        put(a, who.User, strlen(who.User));
    }
    return status;
}

static SECURITY_STATUS answer(struct peer *p, BYTE op, BYTE *data, ULONG size, struct answer *a)
{
    switch (op) {
    case 'I':
        return step(p, data, size, a);
    case 'E':
    case 'M':
        return protect(p, op, data, size, a);
    case 'D':
    case 'V':
        return unprotect(p, op, data, size, a);
    case 'Q':
        return names(p, a);
    default:
        fail("unknown op", op);
        return SEC_E_INTERNAL_ERROR;
    }
}

static int take(int s, void *out, size_t size)
{
    for (size_t n = 0; n < size;) {
        ssize_t got = read(s, (char *)out + n, size - n);
        if (got <= 0)
            return 0;
        n += (size_t)got;
    }
    return 1;
}

static int serve_one(int s, struct peer *p)
{
    static BYTE request[REQUEST_MAX];
    static struct answer a, frame;
    UINT32 size;

    if (!take(s, &size, 4))
        return 0;
    size = ntohl(size);
    if (!size || size > sizeof request || !take(s, request, size))
        fail("bad request", (long)size);
    a.size = frame.size = 0;
    SECURITY_STATUS status = answer(p, request[0], request + 1, size - 1, &a);
    put_number(&frame, 4 + a.size, 4);
    put_number(&frame, (UINT32)status, 4);
    put(&frame, a.data, a.size);
    return write(s, frame.data, frame.size) == (ssize_t)frame.size;
}

static int connect_to(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((UINT16)atoi(port))};
    int s = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to))
        fail("connect", atoi(port));
    return s;
}

int main(int argc, char **argv)
{
    struct peer p = {0};

    if (argc < 4)
        return 2;
    arg_count = argc;
    arg_values = argv;
    sspi = InitSecurityInterfaceExW(0);
    p.server = !strcmp(argv[1], "server");
    p.request = (ULONG)strtoul(option("request", "0"), NULL, 0);
    if (*option("bindings", ""))
        bind_to(&p, option("bindings", ""));
    SECURITY_STATUS acquired = acquire(&p);
    if (acquired)
        fail("AcquireCredentialsHandle", acquired);
    int s = connect_to(argv[3]);
    while (serve_one(s, &p))
        ;
    if (p.has_context)
        sspi->DeleteSecurityContext(&p.context);
    return 0;
}
