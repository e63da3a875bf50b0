/* Alerts and libs/tls's statuses as Windows' codes. */
#include "schannel.h"

/* "Schannel Error Codes for TLS and SSL Alerts" (learn.microsoft.com/windows/win32/secauthn/
 * schannel-error-codes-for-tls-and-ssl-alerts); what is not listed is SEC_E_ILLEGAL_MESSAGE. */
static const struct {
    int alert;
    SECURITY_STATUS status;
} alerts[] = {
        {TLS1_ALERT_BAD_RECORD_MAC, SEC_E_MESSAGE_ALTERED},
        {TLS1_ALERT_DECRYPTION_FAILED, SEC_E_DECRYPT_FAILURE},
        {TLS1_ALERT_DECOMPRESSION_FAIL, SEC_E_MESSAGE_ALTERED},
        {TLS1_ALERT_BAD_CERTIFICATE, SEC_E_CERT_UNKNOWN},
        {TLS1_ALERT_UNSUPPORTED_CERT, SEC_E_CERT_UNKNOWN},
        {TLS1_ALERT_CERTIFICATE_REVOKED, CRYPT_E_REVOKED},
        {TLS1_ALERT_CERTIFICATE_EXPIRED, SEC_E_CERT_EXPIRED},
        {TLS1_ALERT_CERTIFICATE_UNKNOWN, SEC_E_CERT_UNKNOWN},
        {TLS1_ALERT_UNKNOWN_CA, SEC_E_UNTRUSTED_ROOT},
        {TLS1_ALERT_ACCESS_DENIED, SEC_E_LOGON_DENIED},
        {TLS1_ALERT_DECRYPT_ERROR, SEC_E_DECRYPT_FAILURE},
        {TLS1_ALERT_PROTOCOL_VERSION, SEC_E_UNSUPPORTED_FUNCTION},
        {TLS1_ALERT_INSUFFIENT_SECURITY, SEC_E_ALGORITHM_MISMATCH},
        {TLS1_ALERT_INTERNAL_ERROR, SEC_E_INTERNAL_ERROR},
        {TLS1_ALERT_USER_CANCELED, SEC_E_UNFINISHED_CONTEXT_DELETED},
        {TLS1_ALERT_NO_APP_PROTOCOL, SEC_E_APPLICATION_PROTOCOL_MISMATCH},
};

SECURITY_STATUS status_of_alert(int description)
{
    for (size_t i = 0; i < ARRAYSIZE(alerts); i++)
        if (alerts[i].alert == description)
            return alerts[i].status;
    return SEC_E_ILLEGAL_MESSAGE;
}

SECURITY_STATUS schannel_status(enum status status, const struct tls_session *s)
{
    switch (status) {
    case ST_OK:
        return SEC_E_OK;
    case ST_PEER_ALERT:
        return s ? status_of_alert(tls_alert_received(s)) : SEC_E_ILLEGAL_MESSAGE;
    case ST_BAD_SIGNATURE:
        return SEC_E_MESSAGE_ALTERED;
    case ST_NO_COMMON_ALGORITHM:
        return SEC_E_ALGORITHM_MISMATCH;
    case ST_NEED_CERTIFICATE:
        return SEC_I_INCOMPLETE_CREDENTIALS;
    case ST_CLOSED:
        return SEC_I_CONTEXT_EXPIRED;
    case ST_UNTRUSTED:
        return SEC_E_CERT_UNKNOWN;
    case ST_NO_CREDENTIALS:
        return SEC_E_NO_CREDENTIALS;
    default:
        return ssp_status(status);
    }
}
