/* httpclient PORT PATH PACKAGE [user= domain= password= target= spoil=]
 * Reads http://127.0.0.1:PORT/PATH with NTLM or Negotiate by connection (RFC 4559). Writes the
 * page; exit code 0 for HTTP 200, 1 for 401 after the whole exchange, 3 for anything else.
 */
#include "lib/peer.h"
#include <stdio.h>

enum { HEAD_MAX = 1 << 18, LEGS_MAX = 8 };

static int status_of(const struct http *h)
{
    int status = 0;
    return sscanf(h->head, "HTTP/1.%*d %d", &status) == 1 ? status : 0;
}

static void ask(struct http *h, const WCHAR *path, const char *package, const struct run *token)
{
    static char text[HEAD_MAX], field[HEAD_MAX / 2];

    if (token->size)
        http_format_token(field, sizeof field, "Authorization", package, token);
    else
        field[0] = 0;
    snprintf(text, sizeof text, "GET /%ls HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, field);
    if (!http_send(h, text) || !http_read(h))
        fail("the server hung up", 0);
    fprintf(stderr, "HTTP %d\n", status_of(h));
}

/* spoil=OFFSET: one bit of the AUTHENTICATE message, wherever SPNEGO put it, is changed on its way.
 */
static void spoil(struct run *token)
{
    static const char authenticate[] = "NTLMSSP\0\3"; /* [MS-NLMP] 2.2.1.3 */
    DWORD offset = (DWORD)_wtoi(option(L"spoil", L"0"));

    for (DWORD i = 0; offset && i + offset < token->size; i++)
        if (i + sizeof authenticate <= token->size &&
                !memcmp(token->data + i, authenticate, sizeof authenticate - 1)) {
            token->data[i + offset] ^= 4;
            fprintf(stderr, "spoilt\n");
            return;
        }
}

static SECURITY_STATUS leg(struct party *p, struct run *token)
{
    token->size = 0;
    SECURITY_STATUS status = party_step(p, token);
    spoil(token);
    fprintf(stderr, "InitializeSecurityContext: 0x%08lX, attributes 0x%lX\n", status,
            p->attributes);
    return status;
}

/* What a server adds to its 200 (SPNEGO's last word) must satisfy us too. */
static int last_word(struct http *h, struct party *p, const char *package, struct run *token)
{
    if (http_token(h, "WWW-Authenticate", package, &p->in) && p->in.size && leg(p, token) < 0)
        return 3;
    if (!p->established)
        fail("the server is satisfied, the security context is not", 0);
    fwrite(h->body.data, 1, h->body.size, stdout);
    return 0;
}

static int run(struct http *h, struct party *p, const WCHAR *path, const char *package)
{
    struct run token = {0};

    ask(h, path, package, &token);
    if (status_of(h) != 401)
        fail("the server lets everybody in", (ULONG)status_of(h));
    if (!http_token(h, "WWW-Authenticate", package, &p->in))
        fail("the server does not offer the package", 0);
    for (int i = 0; i < LEGS_MAX; i++) {
        if (leg(p, &token) < 0)
            return 3;
        if (!token.size)
            return status_of(h) == 401 ? 1 : 3;
        ask(h, path, package, &token);
        if (status_of(h) == 200)
            return last_word(h, p, package, &token);
        if (status_of(h) != 401)
            return 3;
        if (!http_token(h, "WWW-Authenticate", package, &p->in) || !p->in.size)
            return 1;
    }
    return 3;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct party party = {.request = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONNECTION};
    struct http http = {0};
    char package[16] = "";

    if (argc < 4)
        fail("usage: httpclient PORT PATH NTLM|Negotiate [user= domain= password= target=]", 0);
    arg_count = argc;
    arg_values = argv;
    WideCharToMultiByte(CP_UTF8, 0, argv[3], -1, package, sizeof package - 1, NULL, NULL);
    lstrcpynW(party.target, option(L"target", L"HTTP/localhost"), ARRAYSIZE(party.target));
    SECURITY_STATUS status = party_acquire(&party, argv[3], NULL);
    if (status < 0)
        fail("AcquireCredentialsHandle", (ULONG)status);
    http.socket = net_connect(L"127.0.0.1", argv[1]);
    int result = run(&http, &party, argv[2], package);
    fflush(stdout);
    return result;
}
