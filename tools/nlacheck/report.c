/* What nlacheck says: one step a line on the output, troubles on the error output. */
#include "nlacheck.h"
#include <stdarg.h>
#include <stdio.h>
#include <wincrypt.h>
#include <schannel.h>

/* A certificate's subject is the server's to choose, and anybody can be the server: nothing in it
 * may steer the terminal, begin a line of its own ("result ... logged in"), or hide or turn round
 * what stands beside it (bidirectional and zero-width controls of Unicode). */
static BOOL is_control(WCHAR c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static void make_printable(WCHAR *text)
{
    for (; *text; text++)
        if (is_control(*text))
            *text = L'?';
}

static void line(FILE *to, const WCHAR *name, const WCHAR *format, va_list arguments)
{
    WCHAR text[1024];
    char utf8[4096];

    _vsnwprintf(text, ARRAYSIZE(text) - 1, format, arguments);
    text[ARRAYSIZE(text) - 1] = 0;
    make_printable(text);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    fprintf(to, "%-14ls %s\n", name, utf8);
    fflush(to);
}

void step(const WCHAR *name, const WCHAR *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line(stdout, name, format, arguments);
    va_end(arguments);
}

int trouble(const WCHAR *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line(stdout, L"result", format, arguments);
    va_end(arguments);
    return EXIT_TROUBLE;
}

/* Statuses that are an answer about the user, with [MS-ERREF]'s NTSTATUS name. */
static const struct {
    SECURITY_STATUS status;
    const WCHAR *name, *sentence;
} refusals[] = {
        {SEC_E_LOGON_DENIED, L"STATUS_LOGON_FAILURE", L"the user name or the password is wrong"},
        {(SECURITY_STATUS)0xC000006E, L"STATUS_ACCOUNT_RESTRICTION",
                L"a restriction of the account forbids this login"},
        {(SECURITY_STATUS)0xC000006F, L"STATUS_INVALID_LOGON_HOURS",
                L"the account may not log in at this hour"},
        {(SECURITY_STATUS)0xC0000070, L"STATUS_INVALID_WORKSTATION",
                L"the account may not log in from this computer"},
        {(SECURITY_STATUS)0xC0000071, L"STATUS_PASSWORD_EXPIRED", L"the password has expired"},
        {(SECURITY_STATUS)0xC0000072, L"STATUS_ACCOUNT_DISABLED", L"the account is disabled"},
        {(SECURITY_STATUS)0xC0000193, L"STATUS_ACCOUNT_EXPIRED", L"the account has expired"},
        {(SECURITY_STATUS)0xC0000224, L"STATUS_PASSWORD_MUST_CHANGE",
                L"the password must be changed first"},
        {(SECURITY_STATUS)0xC0000234, L"STATUS_ACCOUNT_LOCKED_OUT", L"the account is locked"},
        {(SECURITY_STATUS)0xC000015B, L"STATUS_LOGON_TYPE_NOT_GRANTED",
                L"the account may not log in over the network"},
        {(SECURITY_STATUS)0xC0000022, L"STATUS_ACCESS_DENIED", L"the server denies access"},
        {SEC_E_NO_AUTHENTICATING_AUTHORITY, L"STATUS_NO_LOGON_SERVERS",
                L"the server cannot reach whoever knows this user"},
};

static const WCHAR *sspi_name(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_INVALID_TOKEN:
        return L"SEC_E_INVALID_TOKEN: the server sent something that is not CredSSP's";
    case SEC_E_MESSAGE_ALTERED:
        return L"SEC_E_MESSAGE_ALTERED: what the server sent was altered on the way";
    case SEC_E_ILLEGAL_MESSAGE:
        return L"SEC_E_ILLEGAL_MESSAGE: the server ended the TLS handshake";
    case SEC_E_INTERNAL_ERROR:
        return L"SEC_E_INTERNAL_ERROR";
    case SEC_E_NO_CREDENTIALS:
        return L"SEC_E_NO_CREDENTIALS";
    case SEC_E_DECRYPT_FAILURE:
        return L"SEC_E_DECRYPT_FAILURE";
    case SEC_E_UNSUPPORTED_FUNCTION:
        return L"SEC_E_UNSUPPORTED_FUNCTION";
    }
    return L"no name for it here";
}

int report_failure(const WCHAR *what, SECURITY_STATUS status)
{
    for (unsigned i = 0; i < ARRAYSIZE(refusals); i++) {
        if (refusals[i].status == status) {
            step(L"result", L"refused: %ls: %ls", refusals[i].name, refusals[i].sentence);
            return EXIT_REFUSED;
        }
    }
    return trouble(L"%ls failed: 0x%08lX, %ls", what, status, sspi_name(status));
}

void report_certificate(struct login *l)
{
    PCCERT_CONTEXT certificate = NULL;
    BYTE hash[32];
    DWORD size = sizeof hash;
    WCHAR subject[512] = L"", text[3 * 32 + 1] = L"";

    if (l->sspi->QueryContextAttributesW(
                &l->context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate) != SEC_E_OK)
        return;
    CertNameToStrW(X509_ASN_ENCODING, &certificate->pCertInfo->Subject, CERT_X500_NAME_STR, subject,
            ARRAYSIZE(subject));
    if (CryptHashCertificate(0, CALG_SHA_256, 0, certificate->pbCertEncoded,
                certificate->cbCertEncoded, hash, &size))
        for (DWORD i = 0; i < size; i++)
            _snwprintf(text + 3 * i, 4, i + 1 < size ? L"%02X:" : L"%02X", hash[i]);
    step(L"certificate", L"%ls", subject);
    step(L"SHA-256", L"%ls", text);
    CertFreeCertificateContext(certificate);
}

void report_package(struct login *l)
{
    SecPkgContext_NegotiationInfoW info = {0};

    if (l->sspi->QueryContextAttributesW(&l->context, SECPKG_ATTR_NEGOTIATION_INFO, &info) !=
            SEC_E_OK)
        return;
    step(L"package", L"CREDSSP with %ls inside", info.PackageInfo->Name);
    l->sspi->FreeContextBuffer(info.PackageInfo);
}
