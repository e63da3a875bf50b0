/* What nlacheck says: one step a line on the output, and how it ended as the last one, "result",
 * whichever way. Only what is wrong with the command line goes to the error output. */
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

/* What is said goes to one of three: lines at once, failures' results alone, JSON at the end. */
static enum report report = REPORT_STEPS;
static DWORD steps;            /* of this login, in JSON */
static BOOL progress_is_shown; /* the error output's line is not at its start */

void report_begin(enum report how)
{
    report = how;
    steps = 0;
    if (report == REPORT_JSON)
        printf("{\"steps\":[");
}

/* RFC 8259 section 7: of what make_printable leaves, only these two need an escape. */
static void put_json(const char *utf8)
{
    putchar('"');
    for (; *utf8; utf8++)
        printf(*utf8 == '"' || *utf8 == '\\' ? "\\%c" : "%c", *utf8);
    putchar('"');
}

void report_end(int code)
{
    static const char *const names[] = {"logged in", "refused", "usage", "trouble"};

    if (report != REPORT_JSON)
        return;
    printf("],\"outcome\":\"%s\",\"code\":%d}\n", names[code & 3], code);
    fflush(stdout);
}

static void end_progress_line(void)
{
    if (progress_is_shown)
        fputc('\n', stderr);
    progress_is_shown = FALSE;
}

void report_progress(DWORD done, DWORD all, const DWORD counts[4])
{
    fprintf(stderr, "\r%lu of %lu: %lu logged in, %lu refused, %lu trouble", done, all,
            counts[EXIT_LOGGED_IN], counts[EXIT_REFUSED], counts[EXIT_TROUBLE]);
    fflush(stderr);
    progress_is_shown = TRUE;
}

void report_sum(BOOL json, DWORD all, const DWORD counts[4], ULONGLONG milliseconds)
{
    end_progress_line();
    printf(json ? "{\"logins\":%lu,\"logged_in\":%lu,\"refused\":%lu,\"trouble\":%lu,"
                  "\"milliseconds\":%llu}\n"
                : "%lu logins: %lu logged in, %lu refused, %lu trouble, in %llu ms\n",
            all, counts[EXIT_LOGGED_IN], counts[EXIT_REFUSED], counts[EXIT_TROUBLE], milliseconds);
    fflush(stdout);
}

static void put_line(const WCHAR *name, const char *utf8)
{
    if (report == REPORT_JSON) {
        printf("%s{\"step\":\"%ls\",\"text\":", steps++ ? "," : "", name);
        put_json(utf8);
        putchar('}');
    } else {
        printf("%-14ls %s\n", name, utf8);
    }
    fflush(stdout);
}

static void line(const WCHAR *name, const WCHAR *format, va_list arguments)
{
    WCHAR text[1024];
    char utf8[4096];

    _vsnwprintf(text, ARRAYSIZE(text) - 1, format, arguments);
    text[ARRAYSIZE(text) - 1] = 0;
    make_printable(text);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL);
    if (report != REPORT_RESULTS) {
        put_line(name, utf8);
    } else if (!wcscmp(name, L"result") && strncmp(utf8, "logged in", 9)) {
        end_progress_line();
        put_line(name, utf8);
    }
}

void step(const WCHAR *name, const WCHAR *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line(name, format, arguments);
    va_end(arguments);
}

int trouble(const WCHAR *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line(L"result", format, arguments);
    va_end(arguments);
    return EXIT_TROUBLE;
}

/* Statuses that are an answer about the user, with [MS-ERREF]'s NTSTATUS name. A package that
 * speaks CredSSP gives most errorCodes as they came; of those below that have an SSPI code it says
 * that, and which of several NTSTATUS it was nobody can tell any more: both are shown. */
static const struct {
    SECURITY_STATUS status;
    const WCHAR *name, *sentence;
} refusals[] = {
        {SEC_E_LOGON_DENIED, L"STATUS_LOGON_FAILURE (SEC_E_LOGON_DENIED)",
                L"the user name or the password is wrong"},
        {(SECURITY_STATUS)0xC000006D, L"STATUS_LOGON_FAILURE",
                L"the user name or the password is wrong"},
        {(SECURITY_STATUS)0xC000006A, L"STATUS_WRONG_PASSWORD", L"the password is wrong"},
        {(SECURITY_STATUS)0xC0000064, L"STATUS_NO_SUCH_USER", L"there is no such user"},
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
        {(SECURITY_STATUS)0xC0000413, L"STATUS_AUTHENTICATION_FIREWALL_FAILED",
                L"the account may not log in to this computer"},
        {(SECURITY_STATUS)0xC0000022, L"STATUS_ACCESS_DENIED", L"the server denies access"},
        {SEC_E_NO_AUTHENTICATING_AUTHORITY,
                L"STATUS_NO_LOGON_SERVERS (SEC_E_NO_AUTHENTICATING_AUTHORITY)",
                L"the server cannot reach whoever knows this user"},
        {(SECURITY_STATUS)0xC000005E, L"STATUS_NO_LOGON_SERVERS",
                L"the server cannot reach whoever knows this user"},
        {(SECURITY_STATUS)0xC000018D, L"STATUS_TRUSTED_RELATIONSHIP_FAILURE",
                L"the server and its domain do not trust each other"},
};

static const struct {
    SECURITY_STATUS status;
    const WCHAR *text;
} troubles[] = {
        {SEC_E_INVALID_TOKEN,
                L"SEC_E_INVALID_TOKEN: the server sent something that is not CredSSP's"},
        {SEC_E_WRONG_PRINCIPAL,
                L"SEC_E_WRONG_PRINCIPAL: the server's certificate is trusted, but for another name"},
        {SEC_E_TIME_SKEW, L"SEC_E_TIME_SKEW: the clocks of the server and its domain differ"},
        {SEC_E_MESSAGE_ALTERED,
                L"SEC_E_MESSAGE_ALTERED: what the server sent was altered on the way"},
        {SEC_E_ILLEGAL_MESSAGE, L"SEC_E_ILLEGAL_MESSAGE: the server ended the TLS handshake"},
        {SEC_E_CONTEXT_EXPIRED,
                L"SEC_E_CONTEXT_EXPIRED: the server closed the stream before it had the proof of "
                L"the password"},
        {SEC_E_ALGORITHM_MISMATCH,
                L"SEC_E_ALGORITHM_MISMATCH: the server is too old (CVE-2018-0886), or nothing that "
                L"it offers is safe enough"},
        {SEC_E_DELEGATION_POLICY,
                L"SEC_E_DELEGATION_POLICY: no policy here lets credentials go to this target"},
        {SEC_E_POLICY_NLTM_ONLY,
                L"SEC_E_POLICY_NLTM_ONLY: no policy here lets credentials go to this target by "
                L"NTLM alone"},
        {SEC_E_MUTUAL_AUTH_FAILED,
                L"SEC_E_MUTUAL_AUTH_FAILED: the server did not prove who it is"},
        {SEC_E_UNKNOWN_CREDENTIALS,
                L"SEC_E_UNKNOWN_CREDENTIALS: the package takes no such credentials"},
        {SEC_E_INTERNAL_ERROR, L"SEC_E_INTERNAL_ERROR"},
        {SEC_E_NO_CREDENTIALS,
                L"SEC_E_NO_CREDENTIALS: nothing is saved, or no package inside takes what was given"},
        {SEC_E_DECRYPT_FAILURE, L"SEC_E_DECRYPT_FAILURE"},
        {SEC_E_UNSUPPORTED_FUNCTION, L"SEC_E_UNSUPPORTED_FUNCTION"},
        {(SECURITY_STATUS)0xC000000D, L"STATUS_INVALID_PARAMETER, from the server"},
        {(SECURITY_STATUS)0xC0000017, L"STATUS_NO_MEMORY, from the server"},
        {(SECURITY_STATUS)0xC0000059, L"STATUS_REVISION_MISMATCH, from the server"},
        {(SECURITY_STATUS)0xC00000BB, L"STATUS_NOT_SUPPORTED, from the server"},
        {(SECURITY_STATUS)0xC00000E5, L"STATUS_INTERNAL_ERROR, from the server"},
};

int report_failure(const WCHAR *what, SECURITY_STATUS status)
{
    for (unsigned i = 0; i < ARRAYSIZE(refusals); i++) {
        if (refusals[i].status == status) {
            step(L"result", L"refused: %ls: %ls", refusals[i].name, refusals[i].sentence);
            return EXIT_REFUSED;
        }
    }
    for (unsigned i = 0; i < ARRAYSIZE(troubles); i++)
        if (troubles[i].status == status)
            return trouble(L"%ls failed: 0x%08lX, %ls", what, status, troubles[i].text);
    return trouble(L"%ls failed: 0x%08lX, no name for it here", what, status);
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
