/* ISC_REQ_ and ASC_REQ_ in, ISC_RET_ and ASC_RET_ out. */
#include "provider.h"

/* "Either a required flag was not specified, or a flag that is not supported by CredSSP was
 * specified". The page's flags pass, and those that Schannel's page adds; of the others of sspi.h
 * these would make something else of the login than a TLS stream of a named user (?). The rest say
 * nothing that CredSSP could not do. None is required (ISC_REQ_DELEGATE was, on Vista). */
enum {
    NOT_OF_CLIENTS = ISC_REQ_USE_DCE_STYLE | ISC_REQ_DATAGRAM | ISC_REQ_CALL_LEVEL |
                     ISC_REQ_NULL_SESSION | ISC_REQ_NO_INTEGRITY,
    NOT_OF_SERVERS = ASC_REQ_USE_DCE_STYLE | ASC_REQ_DATAGRAM | ASC_REQ_CALL_LEVEL |
                     ASC_REQ_ALLOW_NULL_SESSION,
};

/* "If the ISC_REQ_USE_SUPPLIED_CREDS flag is set, the security package must look for a
 * SECBUFFER_PKG_PARAMS buffer type in the pInput input buffer": CredSSP has no parameters that
 * anybody has described, so what is in one cannot be heeded, and is not passed over (?). */
SECURITY_STATUS flags_check(const struct ssp_leg *leg)
{
    ULONG wrong = leg->request & (leg->inbound ? (ULONG)NOT_OF_SERVERS : (ULONG)NOT_OF_CLIENTS);

    if (wrong) {
        log_warn("credssp", "the program asks for 0x%lX, which CredSSP cannot give", wrong);
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (!leg->inbound && leg->request & ISC_REQ_USE_SUPPLIED_CREDS &&
            ssp_buffer_find(leg->input, SECBUFFER_PKG_PARAMS, 0)) {
        log_warn("credssp", "the program passes SECBUFFER_PKG_PARAMS, of which CredSSP has none");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return SEC_E_OK;
}

/* ISC_RET_ and ASC_RET_ differ in their values; what is true: the stream is TLS, so confidential,
 * ordered and whole. */
ULONG flags_of_leg(const struct context *c, ULONG request)
{
    if (c->inbound)
        return ASC_RET_CONFIDENTIALITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT |
               ASC_RET_STREAM | (request & ASC_REQ_INTEGRITY ? ASC_RET_INTEGRITY : 0) |
           (request & ASC_REQ_CONNECTION ? ASC_RET_CONNECTION : 0) |
               (request & ASC_REQ_EXTENDED_ERROR ? ASC_RET_EXTENDED_ERROR : 0) |
               (request & ASC_REQ_ALLOCATE_MEMORY ? ASC_RET_ALLOCATED_MEMORY : 0);
    return ISC_RET_CONFIDENTIALITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT |
           ISC_RET_STREAM | ISC_RET_MANUAL_CRED_VALIDATION | /* "This flag is always set" */
           (request & ISC_REQ_CONNECTION ? ISC_RET_CONNECTION : 0) |
           (request & ISC_REQ_EXTENDED_ERROR ? ISC_RET_EXTENDED_ERROR : 0) |
           (request & ISC_REQ_INTEGRITY ? ISC_RET_INTEGRITY : 0) |
           (request & ISC_REQ_USE_SUPPLIED_CREDS ? ISC_RET_USED_SUPPLIED_CREDS : 0) |
           (request & ISC_REQ_DELEGATE ? ISC_RET_DELEGATE : 0) |
           (server_auth_done(c) ? ISC_RET_MUTUAL_AUTH : 0) |
           (request & ISC_REQ_ALLOCATE_MEMORY ? ISC_RET_ALLOCATED_MEMORY : 0);
}
