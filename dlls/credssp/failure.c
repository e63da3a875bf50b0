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

/* [MS-ERREF] 2.3: what the server's errorCode says. The account states have no SEC_E_ code;
 * programs that know them look for the NTSTATUS itself, which is negative as well (?). */
static SECURITY_STATUS from_ntstatus(uint32_t code)
{
    switch (code) {
    case 0xC000006D: /* STATUS_LOGON_FAILURE */
    case 0xC000006A: /* STATUS_WRONG_PASSWORD */
    case 0xC0000064: /* STATUS_NO_SUCH_USER */
        return SEC_E_LOGON_DENIED;
    case 0xC000005E: /* STATUS_NO_LOGON_SERVERS */
    case 0xC00000DF: /* STATUS_NO_SUCH_DOMAIN */
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    default:
        /* Facility NTWIN32: FreeRDP 3.15's shadow server refuses a login with 0xC00700EA, the error
         * of some earlier call (docs/interop.md). */
        if (code >> 16 == 0xC007)
            return SEC_E_LOGON_DENIED;
        return code >> 30 == 3 ? (SECURITY_STATUS)code : SEC_E_LOGON_DENIED;
    }
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
