/* Package "Kerberos": Wine's kerberos.dll, which drives the host's MIT Kerberos, hosted as it is; what
 * it gets wrong (8.0 and 10.0: measured) is mended here, at its edge, and in the other kerberos_*.c.
 *
 *   tokens         8.0 knows no ISC_REQ_ALLOCATE_MEMORY, and a descriptor without a token is no input:
 *                  it gets a buffer of ours, and a descriptor only if there is a token
 *   SIZES          a trailer of 49 bytes where AES takes 60; KEY_INFO
 *   target         it wants the target's name on each leg of a client's; Wine's DLLs name a host alone (kerberos_target.c)
 *   expiry, flags  a leg that does not end the login names no expiry: the credential's stands in; the
 *                  attributes FLAGS, PACKAGE_INFO, NEGOTIATION_INFO
 * MIT's contexts are not for two threads at once: one call at a time for each context.
 */
#include "lsa_host.h"

enum { LSA_ID = 2, MAX_TOKEN = 48000, SIGNED = 16, SEALED = 48, BLOCK = 16 };

static struct {
    INIT_ONCE looked;
    BOOL there;
    LONG broken;
    SRWLOCK starting;
    struct lsa_package *volatile package; /* published once it is up */
} kerberos = {.looked = INIT_ONCE_STATIC_INIT, .starting = SRWLOCK_INIT};

/* A native kerberos.dll is Windows' own, and wants Windows' LSA. */
static BOOL wines_own(WCHAR *path)
{
    return system_file(path, L"kerberos.dll") && ssp_is_wine_builtin_file(path);
}

/* A host may have the libraries and no realm: then the lookups of one only cost time. */
static BOOL switched_off(void)
{
    return !ssp_policy_dword(HKEY_LOCAL_MACHINE, L"Software\\opensspi", L"Kerberos", 1, 0);
}

static BOOL CALLBACK look(INIT_ONCE *once, void *parameter, void **context)
{
    WCHAR path[MAX_PATH];

    (void)once, (void)parameter, (void)context;
    kerberos.there = !switched_off() && wines_own(path) && kerberos_host_libraries();
    if (!kerberos.there)
        log_info("kerberos", "no Kerberos on this host for a process of this width, or switched off: not listed");
    return TRUE;
}

BOOL kerberos_there(void)
{
    ssp_log_start();
    InitOnceExecuteOnce(&kerberos.looked, look, NULL, NULL);
    return kerberos.there && !kerberos.broken;
}

/* Windows' row of the package table, not Wine's: names, capabilities, token size. */
static void describe(struct lsa_package *p)
{
    const SecPkgInfoW *row = package_static_info(L"Kerberos");

    ssp_heap_free(p->info.Name);
    ssp_heap_free(p->info.Comment);
    p->info = *row;
}

/* TRUE: the module has to stay. */
static BOOL bring_up(HMODULE module, const WCHAR *path)
{
    struct lsa_package *made = NULL;

    AcquireSRWLockExclusive(&kerberos.starting);
    if (!kerberos.package && !kerberos.broken) {
        made = module ? lsa_host_start(module, path, LSA_ID) : NULL;
        if (made) {
            describe(made);
            kerberos.package = made;
        } else {
            InterlockedExchange(&kerberos.broken, TRUE);
        }
    }
    ReleaseSRWLockExclusive(&kerberos.starting);
    return made != NULL;
}

/* The DLL is loaded before the lock is taken, so that the lock never waits for the loader's; coming up
 * it loads nothing and calls nothing of ours but for memory. */
BOOL kerberos_start(void)
{
    WCHAR path[MAX_PATH];
    HMODULE module;

    if (kerberos.package)
        return !kerberos.broken;
    if (!kerberos_there() || !wines_own(path))
        return FALSE;
    module = LoadLibraryW(path);
    if (!bring_up(module, path) && module)
        FreeLibrary(module);
    return kerberos.package && !kerberos.broken;
}

const struct lsa_package *kerberos_package(void)
{
    return kerberos.package;
}

static const SecPkgInfoW *find(const WCHAR *name)
{
    struct lsa_package *p = kerberos.package;

    return p ? ssp_package_find(&p->info, 1, name) : NULL;
}

void kerberos_is_broken(void)
{
    log_error("kerberos", "Wine's kerberos.dll finds no usable MIT Kerberos on the host: not listed any more");
    InterlockedExchange(&kerberos.broken, TRUE);
}

/* ---- contexts ---- */

/* It cannot send channel bindings, nor check a client's. A client's login goes on without them (the
 * server decides); a server that names some wants them checked, unless it says that they may be
 * missing. ASC_REQ_ALLOW_MISSING_BINDINGS (sspi.h). */
static BOOL bindings_wanted(const struct ssp_leg *leg)
{
    return leg->inbound && !(leg->request & ASC_REQ_ALLOW_MISSING_BINDINGS) &&
           ssp_buffer_find(leg->input, SECBUFFER_CHANNEL_BINDINGS, 0);
}

static SECURITY_STATUS check_leg(const struct ssp_leg *leg, struct bytes token)
{
    const struct lsa_context *c = (const struct lsa_context *)leg->context;
    ULONG type;

    if (c && c->complete)
        return SEC_E_OUT_OF_SEQUENCE;
    if (!c && !leg->inbound && !kerberos_target_ok(leg->target))
        return SEC_E_TARGET_UNKNOWN;
    if (!token.size && (leg->inbound || c))
        return SEC_E_INVALID_TOKEN;
    /* The host's GSS-API takes whatever mechanisms it has, NTLM among them (gss-ntlmssp). */
    if (leg->inbound && !c && !kerberos_first_token(token, &type))
        return SEC_E_INVALID_TOKEN;
    if (bindings_wanted(leg)) {
        log_warn("kerberos", "Wine's kerberos.dll cannot check a client's channel bindings: refused");
        return SEC_E_BAD_BINDINGS;
    }
    return SEC_E_OK;
}

/* A token that finds no room is lost, and the login with it. */
static SECURITY_STATUS give_token(struct ssp_leg *leg, struct bytes token, SECURITY_STATUS status)
{
    BOOL allocate = (leg->request & ISC_REQ_ALLOCATE_MEMORY) != 0;
    SECURITY_STATUS put;
    struct lsa_context *c;

    if (FAILED(status))
        return status;
    put = ssp_put_token(leg->output, token, allocate, SEC_E_OK);
    if (put == SEC_E_OK) {
        if (allocate)
            leg->attributes |= ISC_RET_ALLOCATED_MEMORY;
        return status;
    }
    c = (struct lsa_context *)(leg->context ? leg->context : leg->new_context);
    if (c)
        c->failed = TRUE;
    return put;
}

/* GSS-API wants the target's name on each leg (RFC 2743 2.2.1); Windows' programs, and Wine's rpcrt4, name it on the
 * first alone. */
static SECURITY_STATUS keep_target(
        struct lsa_context *c, const struct ssp_leg *leg, SECURITY_STATUS status)
{
    if (leg->inbound || !leg->target || status != SEC_I_CONTINUE_NEEDED)
        return status;
    if (blob_set(&c->target, bytes_of(leg->target, (wcslen(leg->target) + 1) * sizeof(WCHAR))) == ST_OK)
        return status;
    c->failed = TRUE;
    return SEC_E_INSUFFICIENT_MEMORY;
}

/* It needs no credential. */
static SECURITY_STATUS later_leg(struct ssp_leg *leg)
{
    struct lsa_context *c = (struct lsa_context *)leg->context;
    SECURITY_STATUS status;

    leg->credential = NULL;
    if (!leg->target && c->target.size)
        leg->target = (const WCHAR *)c->target.data;
    ssp_lock_take(&c->lock);
    status = c->complete ? SEC_E_OUT_OF_SEQUENCE : lsa_leg(leg); /* another thread's leg may have been the last */
    ssp_lock_give(&c->lock);
    return status;
}

static SECURITY_STATUS leg_with_room(struct ssp_leg *leg, struct bytes token, uint8_t *room)
{
    SecBuffer in = {(ULONG)token.size, SECBUFFER_TOKEN, (void *)token.data};
    SecBuffer out = {MAX_TOKEN, SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    struct ssp_leg inner = *leg;
    struct lsa_context *c;
    SECURITY_STATUS status;

    inner.input = token.size ? &input : NULL;
    inner.output = &output;
    inner.request &= ~(ULONG)ISC_REQ_ALLOCATE_MEMORY;
    status = leg->context ? later_leg(&inner) : kerberos_first_leg(&inner);
    leg->new_context = inner.new_context;
    leg->attributes = inner.attributes;
    leg->expiry = inner.expiry;
    if (out.cbBuffer > MAX_TOKEN)
        out.cbBuffer = 0;
    c = (struct lsa_context *)(leg->context ? leg->context : leg->new_context);
    if (c && !leg->context) {
        kerberos_first_token(leg->inbound ? token : bytes_of(room, out.cbBuffer), &c->type);
        c->checksum = kerberos_checksum(c->type);
        status = keep_target(c, leg, status);
    }
    if (c && leg->expiry.QuadPart >= ssp_never.QuadPart && !leg->inbound)
        leg->expiry = c->credential->expiry;
    return give_token(leg, bytes_of(room, out.cbBuffer), status);
}

static SECURITY_STATUS leg_to_target(struct ssp_leg *leg)
{
    struct bytes token = ssp_buffer_bytes(ssp_buffer_find(leg->input, SECBUFFER_TOKEN, 0));
    SECURITY_STATUS status = check_leg(leg, token);
    uint8_t *room;

    if (status != SEC_E_OK)
        return status;
    room = mem_alloc(MAX_TOKEN);
    if (!room)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = leg_with_room(leg, token, room);
    mem_free(room, MAX_TOKEN);
    /* It does not say why. A client's: no ticket for the target. A server's: a ticket that its keys do not open, or
     * that is none any more, an authenticator seen before: "AcceptSecurityContext (Kerberos)", the logon failed. */
    if (status == SEC_E_INTERNAL_ERROR && !leg->context)
        status = leg->inbound ? SEC_E_LOGON_DENIED : SEC_E_TARGET_UNKNOWN;
    return status;
}

/* Wine's winhttp and wininet ask for delegation with every server. Windows gives a ticket away only to services that the KDC has
 * marked for that (OK-AS-DELEGATE, RFC 4120 2.8); MIT's library, by default, to whoever it is asked for. So a server that
 * they did not even name a service of gets none. */
static SECURITY_STATUS leg_of(struct ssp_leg *leg)
{
    const WCHAR *said = leg->target;
    ULONG asked = leg->request;
    WCHAR *meant = NULL;
    SECURITY_STATUS status = leg->inbound ? SEC_E_OK : kerberos_target_meant(said, asked, &meant);

    if (meant) {
        leg->target = meant;
        leg->request &= ~(ULONG)ISC_REQ_DELEGATE;
    }
    if (status == SEC_E_OK)
        status = leg_to_target(leg);
    leg->target = said;
    leg->request = asked;
    ssp_heap_free(meant);
    return status;
}

/* RFC 4121, 4.2.6: header and checksum; sealed: header, its copy, confounder, checksum; with DCE style a
 * block of filling too. */
static SECURITY_STATUS sizes(struct ssp_object *o, SecPkgContext_Sizes *out)
{
    const struct lsa_context *c = (const struct lsa_context *)o;
    SecPkgContext_Sizes said = {0};
    SECURITY_STATUS status = lsa_query_context(o, SECPKG_ATTR_SIZES, &said);

    if (status != SEC_E_OK)
        return status;
    said.cbMaxToken = MAX_TOKEN;
    if (c->checksum) {
        said.cbMaxSignature = SIGNED + c->checksum;
        said.cbSecurityTrailer = SEALED + c->checksum;
        if (c->attributes & ISC_RET_USED_DCE_STYLE)
            said.cbSecurityTrailer += BLOCK;
    }
    *out = said;
    return SEC_E_OK;
}

static SECURITY_STATUS negotiation_info(
        const struct lsa_context *c, SecPkgContext_NegotiationInfoW *out)
{
    SECURITY_STATUS status = ssp_package_copy_w(&c->package->info, 1, &out->PackageInfo);

    if (status == SEC_E_OK)
        out->NegotiationState =
                c->complete ? SECPKG_NEGOTIATION_COMPLETE : SECPKG_NEGOTIATION_IN_PROGRESS;
    return status;
}

/* Wine's wldap32 asks for it when a login is done, and gives up without. */
static SECURITY_STATUS key_info(const struct lsa_context *c, SecPkgContext_KeyInfoW *out)
{
    return c->complete ? kerberos_key_info(c->type, out) : SEC_E_INVALID_HANDLE;
}

static SECURITY_STATUS query_locked(struct ssp_object *o, ULONG attribute, void *buffer)
{
    const struct lsa_context *c = (const struct lsa_context *)o;

    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        return sizes(o, buffer);
    case SECPKG_ATTR_FLAGS:
        ((SecPkgContext_Flags *)buffer)->Flags = c->attributes;
        return SEC_E_OK;
    case SECPKG_ATTR_KEY_INFO:
        return key_info(c, buffer);
    case SECPKG_ATTR_SESSION_KEY:
        return c->complete ? lsa_query_context(o, attribute, buffer) : SEC_E_INVALID_HANDLE;
    case SECPKG_ATTR_PACKAGE_INFO:
        return SEC_E_UNSUPPORTED_FUNCTION; /* the edge's, from our own row */
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return negotiation_info(c, buffer);
    default:
        return lsa_query_context(o, attribute, buffer);
    }
}

static SECURITY_STATUS query_context(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct lsa_context *c = (struct lsa_context *)o;
    SECURITY_STATUS status;

    if (c->failed)
        return SEC_E_INVALID_HANDLE;
    ssp_lock_take(&c->lock);
    status = query_locked(o, attribute, buffer);
    ssp_lock_give(&c->lock);
    return status;
}

/* Nothing is said of tokens (impersonation), export, other attributes: it has none of them. */
const struct ssp_provider kerberos_provider = {
        .room = "kerberos",
        .find = find,
        .next = &lsa_provider,
        .acquire = kerberos_acquire,
        .leg = leg_of,
        .query_context = query_context,
        .make_signature = kerberos_sign,
        .verify_signature = kerberos_verify,
        .encrypt = kerberos_seal,
        .decrypt = kerberos_unseal,
};
