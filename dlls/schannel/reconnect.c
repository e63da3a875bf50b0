/* The session cache: one table for the process (libs/tls/cache.h), and who may take what out of it.
 *
 * "InitializeSecurityContext (CredSSP)", pszTargetName: a session is taken up again only if target
 * name, credential handle, logon session and process are the same and it has not expired. A client
 * that names no target has no entry. How long: dwSessionLifespan of the credential, else
 * ClientCacheTime and ServerCacheTime in the registry, else ten hours ("SCHANNEL_CRED structure",
 * "TLS registry settings"). What a session taken up again leaves behind ends when the first does.
 */
#include "schannel.h"
#include "tls/cache.h"

/* Names of entries: a client's target; a server's session id, or nothing: its tickets' key. */
enum { KIND_CLIENT, KIND_DTLS_CLIENT, KIND_SERVER /* + enum config_kind */ };

static SRWLOCK lock = SRWLOCK_INIT;
static struct tls_cache *cache; /* made when first needed */

static BOOL have_cache(void)
{
    if (cache)
        return TRUE;
    return tls_cache_new(settings_cache_size(), &cache) == ST_OK;
}

static void put(const struct tls_cache_key *key, struct bytes state, BOOL once, ULONGLONG end)
{
    AcquireSRWLockExclusive(&lock);
    /* No memory: the next connection makes a full handshake. */
    if (have_cache() && tls_cache_put(cache, key, state, once, end, GetTickCount64()) != ST_OK)
        log_warn(ROOM, "no memory to keep a session");
    ReleaseSRWLockExclusive(&lock);
}

static enum status take(const struct tls_cache_key *key, struct blob *state, ULONGLONG *end)
{
    enum status s = ST_OK;
    AcquireSRWLockExclusive(&lock);
    if (cache)
        s = tls_cache_take(cache, key, GetTickCount64(), state, end);
    ReleaseSRWLockExclusive(&lock);
    return s;
}

static void remove_key(const struct tls_cache_key *key)
{
    AcquireSRWLockExclusive(&lock);
    if (cache)
        tls_cache_remove(cache, key);
    ReleaseSRWLockExclusive(&lock);
}

static size_t forget(tls_cache_match matches, const void *self)
{
    size_t count = 0;
    AcquireSRWLockExclusive(&lock);
    if (cache)
        count = tls_cache_forget(cache, matches, self);
    ReleaseSRWLockExclusive(&lock);
    return count;
}

static bool is_owner(const void *self, const struct tls_cache_key *key)
{
    return key->owner == self;
}

static bool is_target(const void *self, const struct tls_cache_key *key)
{
    BOOL client = key->kind == KIND_CLIENT || key->kind == KIND_DTLS_CLIENT;
    return client && bytes_equal(key->name, *(const struct bytes *)self);
}

void reconnect_forget_credential(const struct credential *credential)
{
    forget(is_owner, credential);
}

BOOL reconnect_empty(const WCHAR *target)
{
    struct bytes name = ssp_text(target);
    if (name.size)
        return forget(is_target, &name) != 0;
    forget(NULL, NULL);
    return TRUE;
}

/* ---- client ---- */

static BOOL read_logon(HANDLE token, ULONGLONG *logon)
{
    TOKEN_STATISTICS statistics;
    DWORD size;
    if (!GetTokenInformation(token, TokenStatistics, &statistics, sizeof(statistics), &size))
        return FALSE;
    *logon = (ULONGLONG)(DWORD)statistics.AuthenticationId.HighPart << 32 |
             statistics.AuthenticationId.LowPart;
    return TRUE;
}

/* The logon session of whoever calls: the thread's user, else the process's. The pseudo handle of
 * GetCurrentThreadEffectiveToken (Windows 8, Wine) asks the server once instead of four times, which is
 * felt where a session is taken up again. */
static BOOL logon_session(ULONGLONG *logon)
{
    static const LONG_PTR effective = -6;
    HANDLE token;
    if (read_logon((HANDLE)effective, logon))
        return TRUE;
    /* A thread whose token cannot be had impersonates somebody: not the process's user. */
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token) &&
            (GetLastError() != ERROR_NO_TOKEN ||
                    !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)))
        return FALSE;
    BOOL ok = read_logon(token, logon);
    CloseHandle(token);
    return ok;
}

static struct tls_cache_key client_key(const struct context *c)
{
    struct tls_cache_key key = {c->session_owner, c->logon,
            c->datagram ? KIND_DTLS_CLIENT : KIND_CLIENT, ssp_text(c->target_name)};
    return key;
}

void reconnect_offer(struct context *c)
{
    struct blob state = {0};
    struct tls_cache_key key = client_key(c);
    c->may_reconnect = c->credential->lifespan[0] && key.name.size && logon_session(&c->logon);
    c->reconnects = c->may_reconnect;
    if (!c->reconnects)
        return;
    key.logon = c->logon;
    if (take(&key, &state, &c->session_end) != ST_OK || !state.size ||
            tls_session_resume(c->tls, blob_view(&state)) != ST_OK)
        c->session_end = 0;
    blob_free(&state);
}

/* TLS 1.2: one state for the whole session, which a session taken up again shares. */
static BOOL is_kept_already(const struct tls_info *info)
{
    return info->resumed && info->version != TLS_V1_3;
}

void reconnect_keep(struct context *c)
{
    struct blob state = {0};
    struct tls_info info;
    struct tls_cache_key key = client_key(c);
    if (c->server || !c->reconnects || tls_query(c->tls, &info) != ST_OK || is_kept_already(&info))
        return;
    if (tls_session_state(c->tls, &state) != ST_OK || !state.size)
        return;
    ULONGLONG end = info.resumed && c->session_end
                            ? c->session_end
                            : GetTickCount64() + c->credential->lifespan[0];
    put(&key, blob_view(&state), info.version == TLS_V1_3, end);
    blob_free(&state);
}

/* ---- server ---- */

static struct tls_cache_key server_key(const struct server_sessions *s, struct bytes id)
{
    struct tls_cache_key key = {s->credential, 0, KIND_SERVER + s->kind, id};
    return key;
}

static void store_put(void *self, struct bytes id, struct bytes state)
{
    const struct server_sessions *s = self;
    struct tls_cache_key key = server_key(s, id);
    put(&key, state, FALSE, GetTickCount64() + s->credential->lifespan[1]);
}

static enum status store_get(void *self, struct bytes id, struct blob *state)
{
    struct tls_cache_key key = server_key(self, id);
    ULONGLONG end;
    return take(&key, state, &end);
}

static void store_remove(void *self, struct bytes id)
{
    struct tls_cache_key key = server_key(self, id);
    remove_key(&key);
}

SECURITY_STATUS reconnect_store(
        struct credential *c, enum config_kind kind, struct tls_config *config)
{
    ULONGLONG seconds = (c->lifespan[1] + 999) / 1000;
    struct tls_store store = {&c->sessions[kind],
            (unsigned)min(seconds, TLS_STORE_SECONDS_MAX),
            store_put, store_get, store_remove};
    if (!seconds)
        return SEC_E_OK;
    if (c->flags & SCH_CRED_DISABLE_RECONNECTS)
        tls_config_hold_sessions(config);
    c->sessions[kind].credential = c;
    c->sessions[kind].kind = kind;
    return schannel_status(tls_config_set_store(config, &store), NULL);
}

/* Tickets that are with clients cannot be called back one by one: all of the credential lose their
 * key, and their next handshakes are full ones. */
static void forget_server(struct context *c)
{
    struct tls_info info;
    struct server_sessions *s = &c->credential->sessions[c->kind];
    if (!s->credential)
        return;
    store_remove(s, bytes_of(NULL, 0));
    if (tls_query(c->tls, &info) == ST_OK && info.session_id.size)
        store_remove(s, info.session_id);
}

void reconnect_failed(struct context *c)
{
    struct tls_cache_key key = client_key(c);
    if (!c->server)
        remove_key(&key);
}

void reconnect_forget(struct context *c)
{
    if (c->server)
        forget_server(c);
    else
        reconnect_failed(c);
}

void reconnect_serve(struct context *c)
{
    c->may_reconnect = c->credential->lifespan[1] != 0;
    c->held_back = c->may_reconnect && c->credential->flags & SCH_CRED_DISABLE_RECONNECTS;
    c->reconnects = c->may_reconnect && !c->held_back;
}

static SECURITY_STATUS release(struct context *c)
{
    SECURITY_STATUS s = schannel_status(tls_session_allow(c->tls), NULL);
    c->held_back = s != SEC_E_OK;
    return s;
}

SECURITY_STATUS reconnect_allow(struct context *c, BOOL on)
{
    SECURITY_STATUS s = on && c->held_back ? release(c) : SEC_E_OK;
    if (s != SEC_E_OK)
        return s;
    c->reconnects = on && c->may_reconnect;
    if (c->reconnects)
        reconnect_keep(c);
    else
        reconnect_forget(c);
    return SEC_E_OK;
}
