/* One connection: negotiation, NLA, what the server makes of it, the end. */
#include "nlaserver.h"
#include <stdio.h>

/* [MS-RDPBCGR] 2.2.10.2: 4 bytes, little-endian. */
enum { AUTHZ_SUCCESS = 0, AUTHZ_ACCESS_DENIED = 5 };
enum { LAST_SECONDS = 10 };

/* Without restricted admin mode a server needs what it can log the user on with (2.2.1.2.1 lets
 * clients send empty credentials only where both sides have agreed). NULL: the user may go on. */
static const WCHAR *objection(
        const struct settings *settings, const struct negotiated *n, const struct login *l)
{
    if (settings->denied[0] && !l->user[0])
        return L"who this is cannot be told, and somebody may not log on here";
    if (settings->denied[0] && !lstrcmpiW(settings->denied, l->user))
        return L"this user may not log on here";
    if (l->remote_guard) /* 2.2.1.1.1: if the server supports it. Nothing here could use the tickets */
        return L"it delegated for Remote Credential Guard, which was not offered";
    if (!l->delegated[0] && !n->restricted_admin)
        return L"no credentials were delegated, and restricted admin mode was not agreed";
    return NULL;
}

/* A client that goes on would send MCS Connect-Initial now; one that only wanted to know hangs up.
 */
static void wait_for_end(struct stream *s)
{
    DWORD limit = LAST_SECONDS * 1000;

    setsockopt(s->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit);
    if (!s->size)
        stream_receive(s);
}

/* WHO[SIZE]: the user, as far as the package says it. What was delegated is the client's word alone. */
static void name_user(const struct login *l, WCHAR *who, size_t size)
{
    if (l->user[0])
        lstrcpynW(who, l->user, (int)size);
    else
        swprintf(who, size, L"a user whom %ls does not name", l->package);
}

static void report(LONG number, const struct negotiated *n, const struct login *l, const WCHAR *who)
{
    const WCHAR *mode = n->protocol == PROTOCOL_HYBRID_EX ? L"HYBRID_EX" : L"HYBRID";
    const WCHAR *agreed = n->restricted_admin ? L", restricted admin" : L"";

    if (l->delegated[0])
        say(L"%ld logged in: %ls, %hs, %ls%ls, delegated: %ls%ls", number, who, l->tls, mode,
                agreed, l->delegated, l->with_password ? L" with a password" : L" without a password");
    else
        say(L"%ld logged in: %ls, %hs, %ls%ls, delegated: nothing", number, who, l->tls, mode, agreed);
}

static void authorize(const struct settings *settings, const struct negotiated *n, struct login *l,
        struct stream *s, LONG number)
{
    const WCHAR *why = objection(settings, n, l);
    const uint8_t result[4] = {why ? AUTHZ_ACCESS_DENIED : AUTHZ_SUCCESS, 0, 0, 0};
    WCHAR who[2 * TEXT_MAX];

    name_user(l, who, ARRAYSIZE(who));
    if (why)
        say(L"%ld denied: %ls: %ls", number, who, why);
    else
        report(number, n, l, who);
    count(why ? REFUSED : LOGGED_IN);
    if (n->protocol == PROTOCOL_HYBRID_EX)
        login_send(l, s, result, sizeof result);
    if (!why)
        wait_for_end(s);
    login_shutdown(l, s);
}

static BOOL is_refusal(SECURITY_STATUS status)
{
    return status == SEC_E_LOGON_DENIED || status == SEC_E_NO_AUTHENTICATING_AUTHORITY;
}

static void serve(const struct settings *settings, CredHandle *credential, struct stream *s,
        struct login *l, LONG number)
{
    struct negotiated n = {0};
    const char *wrong = x224_negotiate(s, settings, &n);

    if (wrong) {
        say(L"%ld broken: the connection request: %hs", number, wrong);
        count(BROKEN);
        return;
    }
    SECURITY_STATUS status = login_accept(credential, s, l);
    if (status == SEC_E_OK) {
        authorize(settings, &n, l, s, number);
    } else if (status == SEC_I_CONTEXT_EXPIRED) {
        say(L"%ld broken: the client has gone, or took too long, or sent too much", number);
        count(BROKEN);
    } else {
        say(L"%ld %ls: 0x%08lX %hs", number, is_refusal(status) ? L"refused" : L"broken", status,
                status_name(status));
        count(is_refusal(status) ? REFUSED : BROKEN);
    }
}

/* What the client has not read yet is not to be lost: a close with unread input would be a reset,
 * which overtakes the errorCode. */
static void drain(struct stream *s)
{
    DWORD limit = 1000;

    shutdown(s->socket, SD_SEND);
    setsockopt(s->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit);
    for (int i = 0; i < 16; i++) {
        s->size = 0;
        if (!stream_receive(s))
            break;
    }
}

void session_run(
        const struct settings *settings, CredHandle *credential, SOCKET socket, LONG number)
{
    struct stream s;
    struct login l = {0};

    if (!stream_open(&s, socket))
        return;
    count_present(1);
    serve(settings, credential, &s, &l, number);
    login_end(&l);
    drain(&s);
    count_present(-1);
    stream_close(&s);
}
