/* The command line. */
#define SCHANNEL_USE_BLACKLISTS
#include "nlaserver.h"
#include <schannel.h>
#include <stdio.h>

static int usage(const WCHAR *problem)
{
    if (problem)
        fwprintf(stderr, L"nlaserver: %ls\n", problem);
    fputws(L"nlaserver /cert:THUMBPRINT [/machine] | /self-signed:NAME\n"
           L"          [/address:ADDRESS] [/port:N] [/tls:1.2|1.3] [/no-early-auth] "
           L"[/no-restricted-admin]\n"
           L"          [/deny:USER] [/clients:N] [/connections:N] [/until-eof]\n"
           L"Takes RDP connections as far as NLA, says who has logged in, and closes them.\n"
           L"The certificate is in the user's MY store (/machine: the machine's), or is made for "
           L"NAME.\n"
           L"Without /address it listens on 127.0.0.1, without /port on 3389; /port:0 takes a free "
           L"one.\n"
           L"/deny: this user (DOMAIN\\USER) is authenticated, and then not authorized.\n"
           L"Exit code: 0 at its end, 2 usage, 3 it could not start.\n",
            stderr);
    return EXIT_USAGE;
}

static BOOL text(WCHAR *out, size_t capacity, const WCHAR *from)
{
    if (!*from || wcslen(from) >= capacity)
        return FALSE;
    wcscpy(out, from);
    return TRUE;
}

/* Decimal, from LEAST to MOST. */
static BOOL number(DWORD *out, const WCHAR *from, DWORD least, DWORD most)
{
    WCHAR *end;
    unsigned long n = wcstoul(from, &end, 10);

    if (*from < L'0' || *from > L'9' || *end || n < least || n > most)
        return FALSE;
    *out = n;
    return TRUE;
}

static BOOL version(struct settings *s, const WCHAR *from)
{
    BOOL old = !wcscmp(from, L"1.2");

    s->tls_disabled = old ? SP_PROT_TLS1_3 : SP_PROT_TLS1_2;
    return old || !wcscmp(from, L"1.3");
}

/* The words that stand by themselves. */
static BOOL flag(struct settings *s, const WCHAR *argument)
{
    if (!_wcsicmp(argument, L"/machine"))
        s->machine = TRUE;
    else if (!_wcsicmp(argument, L"/no-early-auth"))
        s->early_authorization = FALSE;
    else if (!_wcsicmp(argument, L"/no-restricted-admin"))
        s->restricted_admin = FALSE;
    else if (!_wcsicmp(argument, L"/until-eof"))
        s->until_eof = TRUE;
    else
        return FALSE;
    return TRUE;
}

/* NAME:VALUE. */
static BOOL valued(struct settings *s, const WCHAR *argument)
{
    const WCHAR *colon = wcschr(argument, L':'), *value = colon ? colon + 1 : NULL;
    size_t size = colon ? (size_t)(colon - argument) : 0;
    DWORD n = 0;
    BOOL ok = FALSE;
#define IS(word) (size == wcslen(word) && !_wcsnicmp(argument, word, size))

    if (IS(L"/cert"))
        ok = text(s->thumbprint, ARRAYSIZE(s->thumbprint), value) && wcslen(value) == 40;
    else if (IS(L"/self-signed"))
        ok = text(s->subject, ARRAYSIZE(s->subject), value);
    else if (IS(L"/address"))
        ok = text(s->address, ARRAYSIZE(s->address), value);
    else if (IS(L"/deny"))
        ok = text(s->denied, ARRAYSIZE(s->denied), value);
    else if (IS(L"/tls"))
        ok = version(s, value);
    else if (IS(L"/clients"))
        ok = number(&s->clients, value, 1, CLIENTS_MAX);
    else if (IS(L"/port") && (ok = number(&n, value, 0, 0xFFFF)))
        s->port = (unsigned short)n;
    else if (IS(L"/connections") && (ok = number(&n, value, 1, 0x7FFFFFFF)))
        s->connections = (LONG)n;
#undef IS
    return ok;
}

int arguments_parse(int argc, WCHAR **argv, struct settings *s)
{
    *s = (struct settings){.address = L"127.0.0.1",
            .port = 3389,
            .clients = CLIENTS_DEFAULT,
            .restricted_admin = TRUE,
            .early_authorization = TRUE};
    if (argc < 2)
        return usage(NULL);
    for (int i = 1; i < argc; i++)
        if (!flag(s, argv[i]) && !valued(s, argv[i]))
            return usage(argv[i]);
    if (!s->thumbprint[0] == !s->subject[0])
        return usage(L"one of /cert:THUMBPRINT and /self-signed:NAME is needed");
    return 0;
}
