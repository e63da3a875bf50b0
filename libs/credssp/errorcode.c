/* errorCode: which NTSTATUS a failure is, and what the peer's is called. [MS-CSSP] 2.2.1,
 * [MS-ERREF] 2.3 */
#include "errorcode.h"

#include "credssp.h"

struct code_name {
    uint32_t code;
    const char *name;
};

/* What a logon can end in, as domain controllers and LSA report it. */
static const struct code_name names[] = {
        {0xC000000D, "STATUS_INVALID_PARAMETER"},
        {0xC0000017, "STATUS_NO_MEMORY"},
        {0xC0000022, "STATUS_ACCESS_DENIED"},
        {0xC0000059, "STATUS_REVISION_MISMATCH"},
        {0xC000005E, "STATUS_NO_LOGON_SERVERS"},
        {0xC0000064, "STATUS_NO_SUCH_USER"},
        {0xC000006A, "STATUS_WRONG_PASSWORD"},
        {0xC000006D, "STATUS_LOGON_FAILURE"},
        {0xC000006E, "STATUS_ACCOUNT_RESTRICTION"},
        {0xC000006F, "STATUS_INVALID_LOGON_HOURS"},
        {0xC0000070, "STATUS_INVALID_WORKSTATION"},
        {0xC0000071, "STATUS_PASSWORD_EXPIRED"},
        {0xC0000072, "STATUS_ACCOUNT_DISABLED"},
        {0xC00000BB, "STATUS_NOT_SUPPORTED"},
        {0xC00000DC, "STATUS_INVALID_SERVER_STATE"},
        {0xC00000E5, "STATUS_INTERNAL_ERROR"},
        {0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC"},
        {0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED"},
        {0xC000018B, "STATUS_NO_TRUST_SAM_ACCOUNT"},
        {0xC000018C, "STATUS_TRUSTED_DOMAIN_FAILURE"},
        {0xC000018D, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"},
        {0xC0000193, "STATUS_ACCOUNT_EXPIRED"},
        {0xC0000224, "STATUS_PASSWORD_MUST_CHANGE"},
        {0xC0000233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND"},
        {0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
        {0xC0000388, "STATUS_DOWNGRADE_DETECTED"},
        {0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"},
        /* Not NTSTATUS, but sent: pyspnego 0.12.4's server passes on what its package said. */
        {0x80090308, "SEC_E_INVALID_TOKEN"},
        {0x8009030C, "SEC_E_LOGON_DENIED"},
};

const char *errorcode_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code)
            return names[i].name;
    return "an NTSTATUS without a name here";
}

/* "If the negotiated protocol version is 3, 4, or 6": version 5 does not have the field. A peer
 * above 6 is treated as 6, so the effective version never is above. */
bool errorcode_allowed(uint32_t effective_version)
{
    return effective_version == 3 || effective_version == 4 || effective_version >= 6;
}

uint32_t credssp_error_of(enum status s)
{
    switch (s) {
    case ST_LOGON_DENIED:
    case ST_BAD_BINDINGS:
    case ST_BAD_SIGNATURE:
    case ST_BAD_KEY_BINDING:
    case ST_OUT_OF_SEQUENCE:
    case ST_NO_CREDENTIALS:
        return 0xC000006D; /* STATUS_LOGON_FAILURE */
    case ST_NO_AUTHORITY:
        return 0xC000005E; /* STATUS_NO_LOGON_SERVERS */
    case ST_POLICY:
        return 0xC000006E; /* STATUS_ACCOUNT_RESTRICTION */
    case ST_BAD_TOKEN:
        return 0xC000000D; /* STATUS_INVALID_PARAMETER */
    case ST_PEER_VERSION:
        return 0xC0000059; /* STATUS_REVISION_MISMATCH */
    case ST_PEER_UNSUPPORTED:
    case ST_UNSUPPORTED:
    case ST_NO_COMMON_ALGORITHM:
        return 0xC00000BB; /* STATUS_NOT_SUPPORTED */
    case ST_NO_MEMORY:
        return 0xC0000017; /* STATUS_NO_MEMORY */
    default:
        return 0xC00000E5; /* STATUS_INTERNAL_ERROR */
    }
}
