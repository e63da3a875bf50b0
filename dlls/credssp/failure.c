/* From what failed to the SECURITY_STATUS that the program sees. */
#include "provider.h"

enum status inner_failed(struct context *c, const char *package, SECURITY_STATUS status)
{
    if (status == SEC_E_OK)
        return ST_INTERNAL;
    c->inner_status = status;
    log_warn("credssp", "the %s package says 0x%08lX", package, status);
    switch (status) {
    case SEC_E_LOGON_DENIED:
        return ST_LOGON_DENIED;
    case SEC_E_NO_AUTHENTICATING_AUTHORITY:
        return ST_NO_AUTHORITY;
    case SEC_E_NO_CREDENTIALS:
        return ST_NO_CREDENTIALS;
    case SEC_E_INSUFFICIENT_MEMORY:
        return ST_NO_MEMORY;
    case SEC_E_MESSAGE_ALTERED:
        return ST_BAD_SIGNATURE;
    case SEC_E_OUT_OF_SEQUENCE:
        return ST_OUT_OF_SEQUENCE;
    case SEC_E_INVALID_TOKEN:
        return ST_BAD_TOKEN;
    default:
        return ST_PEER_UNSUPPORTED;
    }
}

SECURITY_STATUS inner_refused(const char *package, const char *file, SECURITY_STATUS status)
{
    if (status == SEC_E_SECPKG_NOT_FOUND)
        log_error("credssp",
                "there is no package %s, which CredSSP needs: put %s beside secur32.dll", package,
                file);
    else
        log_warn("credssp", "the package %s takes no such credential: 0x%08lX", package, status);
    return status;
}

/* [MS-ERREF] 2.3: what the server's errorCode says. "No authority could be contacted for
 * authentication. The domain name of the authenticating party could be wrong, the domain could be
 * unreachable, or there might have been a trust relationship failure." */
static const struct {
    uint32_t code;
    SECURITY_STATUS status;
} codes[] = {
        {0xC000006D, SEC_E_LOGON_DENIED},                /* STATUS_LOGON_FAILURE */
        {0xC000006A, SEC_E_LOGON_DENIED},                /* STATUS_WRONG_PASSWORD */
        {0xC0000064, SEC_E_LOGON_DENIED},                /* STATUS_NO_SUCH_USER */
        {0xC000005E, SEC_E_NO_AUTHENTICATING_AUTHORITY}, /* STATUS_NO_LOGON_SERVERS */
        {0xC00000DF, SEC_E_NO_AUTHENTICATING_AUTHORITY}, /* STATUS_NO_SUCH_DOMAIN */
        {0xC0000233, SEC_E_NO_AUTHENTICATING_AUTHORITY}, /* STATUS_DOMAIN_CONTROLLER_NOT_FOUND */
        {0xC000018B, SEC_E_NO_AUTHENTICATING_AUTHORITY}, /* STATUS_NO_TRUST_SAM_ACCOUNT */
        {0xC000018C, SEC_E_NO_AUTHENTICATING_AUTHORITY}, /* STATUS_TRUSTED_DOMAIN_FAILURE */
        {0xC000018D, SEC_E_NO_AUTHENTICATING_AUTHORITY}, /* STATUS_TRUSTED_RELATIONSHIP_FAILURE */
        {0xC0000133, SEC_E_TIME_SKEW},                   /* STATUS_TIME_DIFFERENCE_AT_DC */
        /* no NTSTATUS, but sent (docs/interop.md) */
        {(uint32_t)SEC_E_INVALID_TOKEN, SEC_E_INVALID_TOKEN},
        {(uint32_t)SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_AUTHENTICATING_AUTHORITY},
};

/* The account states have no SEC_E_ code; programs that know them look for the NTSTATUS itself,
 * which is negative as well (?). */
static SECURITY_STATUS from_ntstatus(uint32_t code)
{
    for (unsigned i = 0; i < ARRAYSIZE(codes); i++)
        if (codes[i].code == code)
            return codes[i].status;
    /* Facility NTWIN32: FreeRDP 3.15's shadow server refuses a login with 0xC00700EA, the error of some
     * earlier call (docs/interop.md). */
    if (code >> 16 == 0xC007)
        return SEC_E_LOGON_DENIED;
    return code >> 30 == 3 ? (SECURITY_STATUS)code : SEC_E_LOGON_DENIED;
}

SECURITY_STATUS failure_code(const struct context *c, enum status s)
{
    if (s == ST_PEER_ERROR) {
        uint32_t code = credssp_peer_error(c->engine);
        /* Without a code the server just closed the stream when it had the proof of the password,
         * as version 2 and 5 servers do to refuse a login. */
        return code ? from_ntstatus(code) : SEC_E_LOGON_DENIED;
    }
    return c->inner_status < 0 ? c->inner_status : ssp_status(s);
}
