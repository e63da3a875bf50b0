/* Context attributes: one small function per attribute, one table. Values: the
 * documentation of QueryContextAttributes (NTLM), and what Wine's ntlm.c finds on Windows (testAuth). */
#include "msv1_0.h"
#include "base/writer.h"
#include <ntsecapi.h> /* LOGON_GUEST */
#include <wincrypt.h>

typedef SECURITY_STATUS (*query)(struct context *c, const struct ntlm_info *info, void *buffer);

static SECURITY_STATUS heap_text(struct bytes text, WCHAR **out)
{
    *out = ssp_heap_text(text);
    return *out ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS sizes(struct context *c, const struct ntlm_info *info, void *buffer)
{
    SecPkgContext_Sizes *s = buffer;
    (void)c;
    (void)info;
    s->cbMaxToken = NTLM_TOKEN_MAX;
    s->cbMaxSignature = NTLM_SIGNATURE_SIZE;
    s->cbBlockSize = 0;
    s->cbSecurityTrailer = NTLM_SIGNATURE_SIZE;
    return SEC_E_OK;
}

/* "DOMAIN\user"; the user alone when there is no domain. */
static SECURITY_STATUS names(struct context *c, const struct ntlm_info *info, void *buffer)
{
    struct writer w = {0};
    struct blob text = {0};
    (void)c;

    if (!info->complete)
        return SEC_E_INVALID_HANDLE;
    if (info->domain.size) {
        writer_bytes(&w, info->domain);
        writer_u16le(&w, L'\\');
    }
    writer_bytes(&w, info->user);
    if (writer_finish(&w, &text) != ST_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    SECURITY_STATUS status =
            heap_text(blob_view(&text), &((SecPkgContext_NamesW *)buffer)->sUserName);
    blob_free(&text);
    return status;
}

static SECURITY_STATUS lifespan(struct context *c, const struct ntlm_info *info, void *buffer)
{
    SecPkgContext_Lifespan *s = buffer;
    (void)c;
    (void)info;
    s->tsStart.LowPart = 0;
    s->tsStart.HighPart = 0;
    s->tsExpiry = ssp_never;
    return SEC_E_OK;
}

static SECURITY_STATUS flags(struct context *c, const struct ntlm_info *info, void *buffer)
{
    (void)info;
    ((SecPkgContext_Flags *)buffer)->Flags = context_attributes(c, c->request);
    return SEC_E_OK;
}

/* Of the seal key as it is used ([MS-NLMP] 3.4.5.3): without extended session security it is cut
 * only with LM_KEY or datagram. */
static ULONG key_bits(uint32_t flags)
{
    BOOL extended = (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) != 0;
    BOOL cut = (flags & (NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_DATAGRAM)) != 0;

    if (extended ? (flags & NTLMSSP_NEGOTIATE_128) != 0 : !cut)
        return 128;
    return flags & NTLMSSP_NEGOTIATE_56 ? 56 : 40;
}

/* Wine's ntlm.c, testAuth, on Windows: with extended session security HMAC-MD5; without it CRC-32. */
static SECURITY_STATUS key_info(struct context *c, const struct ntlm_info *info, void *buffer)
{
    static const WCHAR seal_name[] = L"RSADSI RC4";
    SecPkgContext_KeyInfoW *s = buffer;
    BOOL extended = info->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
    const WCHAR *sign_name = extended ? L"HMAC-MD5" : L"RSADSI RC4-CRC32";
    WCHAR *sign, *seal;
    (void)c;

    if (!info->complete)
        return SEC_E_INVALID_HANDLE;
    sign = ssp_heap_text(ssp_text(sign_name));
    seal = ssp_heap_text(ssp_text(seal_name));
    if (!sign || !seal) {
        ssp_heap_free(sign);
        ssp_heap_free(seal);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    s->sSignatureAlgorithmName = sign;
    s->sEncryptAlgorithmName = seal;
    s->KeySize = key_bits(info->flags);
    s->SignatureAlgorithm = extended ? 0xFFFFFF76 : 0xFFFFFF7C;
    s->EncryptAlgorithm = CALG_RC4;
    return SEC_E_OK;
}

static SECURITY_STATUS session_key(struct context *c, const struct ntlm_info *info, void *buffer)
{
    SecPkgContext_SessionKey *s = buffer;
    (void)c;

    if (!info->complete || !info->session_key)
        return SEC_E_INVALID_HANDLE;
    unsigned char *key = ssp_heap_alloc(NTLM_HASH_SIZE);
    if (!key)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(key, info->session_key, NTLM_HASH_SIZE);
    wipe_registers();
    s->SessionKeyLength = NTLM_HASH_SIZE;
    s->SessionKey = key;
    return SEC_E_OK;
}

static SECURITY_STATUS package_info(struct context *c, const struct ntlm_info *info, void *buffer)
{
    (void)c;
    (void)info;
    return ssp_package_copy_w(
            ssp_this_provider.packages, 1, &((SecPkgContext_PackageInfoW *)buffer)->PackageInfo);
}

static SECURITY_STATUS negotiation_info(
        struct context *c, const struct ntlm_info *info, void *buffer)
{
    SecPkgContext_NegotiationInfoW *s = buffer;
    PSecPkgInfoW copy = NULL;
    SECURITY_STATUS status = ssp_package_copy_w(ssp_this_provider.packages, 1, &copy);
    (void)c;

    if (status != SEC_E_OK)
        return status;
    s->PackageInfo = copy;
    s->NegotiationState =
            info->complete ? SECPKG_NEGOTIATION_COMPLETE : SECPKG_NEGOTIATION_IN_PROGRESS;
    return SEC_E_OK;
}

/* The domain that vouched for the client. On a server it is this machine, which has no other domain
 * than its own; a client has it from the CHALLENGE. */
static SECURITY_STATUS authority(struct context *c, const struct ntlm_info *info, void *buffer)
{
    WCHAR name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD size = ARRAYSIZE(name);
    struct bytes text = info->server_domain;

    if (!info->complete)
        return SEC_E_INVALID_HANDLE;
    if (c->inbound) {
        if (!GetComputerNameW(name, &size))
            return SEC_E_INTERNAL_ERROR;
        text = bytes_of(name, size * sizeof *name);
    }
    return heap_text(text, &((SecPkgContext_AuthorityW *)buffer)->sAuthorityName);
}

/* No source of accounts knows of a password that expires, and no message tells a client. */
static SECURITY_STATUS password_expiry(
        struct context *c, const struct ntlm_info *info, void *buffer)
{
    (void)c;
    if (!info->complete)
        return SEC_E_INVALID_HANDLE;
    ((SecPkgContext_PasswordExpiry *)buffer)->tsPasswordExpires = ssp_never;
    return SEC_E_OK;
}

/* The LOGON_ flags of the logon ([MS-PAC] 2.5, UserFlags): of what they say only LOGON_GUEST is
 * ever true here: no cached account, no extra SIDs. */
static SECURITY_STATUS user_flags(struct context *c, const struct ntlm_info *info, void *buffer)
{
    (void)c;
    if (!info->complete)
        return SEC_E_INVALID_HANDLE;
    ((SecPkgContext_UserFlags *)buffer)->UserFlags = info->guest ? LOGON_GUEST : 0;
    return SEC_E_OK;
}

/* "SecPkgContext_LastClientTokenStatus": is the token of the last leg the client's last? In NTLM it
 * is AUTHENTICATE, with which either side is done. */
static SECURITY_STATUS last_client_token(
        struct context *c, const struct ntlm_info *info, void *buffer)
{
    (void)c;
    ((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus =
            info->complete ? SecPkgAttrLastClientTokenYes : SecPkgAttrLastClientTokenNo;
    return SEC_E_OK;
}

static struct bytes target_of(const struct context *c, const struct ntlm_info *info)
{
    return c->inbound ? info->target_name : blob_view(&c->target);
}

/* No page tells the encoding of SECPKG_ATTR_TARGET's char string: the ANSI code page (?). The
 * length is without the NUL that follows. */
static SECURITY_STATUS target_bytes(struct context *c, const struct ntlm_info *info, void *buffer)
{
    struct bytes name = target_of(c, info);
    SecPkgContext_Target *s = buffer;
    WCHAR *wide;
    char *text = NULL;
    BOOL done;

    if (!name.size)
        return SEC_E_TARGET_UNKNOWN;
    wide = ssp_heap_text(name);
    done = wide && ssp_ansi_text(wide, &text);
    ssp_heap_free(wide);
    if (!done)
        return SEC_E_INSUFFICIENT_MEMORY;
    s->TargetLength = (ULONG)strlen(text);
    s->Target = text;
    return SEC_E_OK;
}

static SECURITY_STATUS target(struct context *c, const struct ntlm_info *info, void *buffer)
{
    struct bytes name = target_of(c, info);
    SecPkgContext_ClientSpecifiedTarget *s = buffer;

    if (!name.size)
        return SEC_E_TARGET_UNKNOWN;
    return heap_text(name, (WCHAR **)&s->sTargetName);
}

static SECURITY_STATUS mic_wanted(struct context *c, const struct ntlm_info *info, void *buffer)
{
    (void)info;
    *(ULONG *)buffer = ntlm_mic_used(c->ntlm);
    return SEC_E_OK;
}

/* "SecPkgContext_AccessToken structure": for contexts that have no token "QueryContextAttributes
 * (General) may return SEC_E_NO_IMPERSONATION". */
static SECURITY_STATUS access_token(struct context *c, const struct ntlm_info *info, void *buffer)
{
    HANDLE token;
    SECURITY_STATUS status = token_kept(c, &token);
    (void)info;

    if (status == SEC_E_OK)
        ((SecPkgContext_AccessToken *)buffer)->AccessToken = token;
    return status == SEC_E_INVALID_HANDLE ? SEC_E_NO_IMPERSONATION : status;
}

/* Not here, so SEC_E_UNSUPPORTED_FUNCTION: IS_LOOPBACK (no page tells what it writes), and what is
 * not of NTLM. */
static const struct {
    ULONG attribute;
    query ask;
} table[] = {
        {SECPKG_ATTR_SIZES, sizes},
        {SECPKG_ATTR_NAMES, names},
        {SECPKG_ATTR_LIFESPAN, lifespan},
        {SECPKG_ATTR_FLAGS, flags},
        {SECPKG_ATTR_KEY_INFO, key_info},
        {SECPKG_ATTR_SESSION_KEY, session_key},
        {SECPKG_ATTR_PACKAGE_INFO, package_info},
        {SECPKG_ATTR_NEGOTIATION_INFO, negotiation_info},
        {SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, target},
        {SECPKG_ATTR_TARGET, target_bytes},
        {SECPKG_ATTR_AUTHORITY, authority},
        {SECPKG_ATTR_PASSWORD_EXPIRY, password_expiry},
        {SECPKG_ATTR_USER_FLAGS, user_flags},
        {SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, last_client_token},
        {SECPKG_ATTR_ACCESS_TOKEN, access_token},
        {SSP_ATTR_MECH_MIC_WANTED, mic_wanted},
};

SECURITY_STATUS context_query(struct ssp_object *o, ULONG attribute, void *buffer)
{
    struct context *c = (struct context *)o;
    struct ntlm_info info = {0};
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    context_lock(c);
    if (c->ntlm)
        ntlm_query(c->ntlm, &info);
    for (unsigned i = 0; i < ARRAYSIZE(table); i++)
        if (table[i].attribute == attribute)
            status = c->ntlm ? table[i].ask(c, &info, buffer) : SEC_E_INVALID_HANDLE;
    context_unlock(c);
    return status;
}

SECURITY_STATUS context_set(struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size)
{
    struct context *c = (struct context *)o;
    ULONG outgoing;
    SECURITY_STATUS status;

    if (attribute != SSP_ATTR_RESET_CIPHER)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!buffer || size != sizeof outgoing)
        return SEC_E_INVALID_PARAMETER;
    memcpy(&outgoing, buffer, sizeof outgoing);
    context_lock(c);
    status = c->ntlm ? ssp_status(ntlm_reset_cipher(c->ntlm, outgoing != 0)) : SEC_E_INVALID_HANDLE;
    context_unlock(c);
    return status;
}
