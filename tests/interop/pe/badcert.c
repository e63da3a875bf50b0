/* A client that lets Schannel judge servers' certificates, many in one process.
 *   badcert trust=FILE [trust2=FILE] ...       FILE: a trusted root, DER
 * Each line of stdin is "PORT FLAGS TARGET" (FLAGS: SCH_CRED_ bits, hexadecimal; TARGET in UTF-8, "-":
 * none): connects to 127.0.0.1:PORT, makes the handshake, and writes what it came to: "0x80090325". With
 * SCH_CRED_DEFERRED_CRED_VALIDATION in FLAGS, what CERT_CHECK_RESULT says after a handshake that came to SEC_E_OK.
 */
#include "lib/peer.h"
#include <stdio.h>
#define SCHANNEL_USE_BLACKLISTS
#include <ntsecapi.h>
#include <schannel.h>

/* sspi.h: SECPKG_ATTR_CERT_CHECK_RESULT; schannel.h: SCH_CRED_DEFERRED_CRED_VALIDATION */
enum { CERT_CHECK_RESULT = 0x71, DEFERRED = 0x04000000 };

static SECURITY_STATUS handshake(struct party *p, SOCKET s)
{
    struct run out = {0};
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    BOOL wait = FALSE;

    while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
        if (wait && !net_receive(s, &p->in))
            break;
        out.size = 0;
        status = party_step(p, &out);
        if (out.size && !net_send(s, out.data, out.size))
            break;
        wait = TRUE;
    }
    free(out.data);
    return status;
}

/* So that a TLS 1.3 server has nothing unread when the socket goes away. */
static void goodbye(struct party *p, SOCKET s)
{
    struct run out = {0};

    if (party_shutdown(p, &out) >= 0)
        net_send(s, out.data, out.size);
    shutdown(s, SD_SEND);
    while (net_receive(s, &p->in))
        ;
}

/* SecPkgContext_CertificateValidationResult of sspi.h, which mingw-w64 lacks. */
struct validation_result {
    DWORD chain_errors;
    HRESULT verify_chain;
};

static SECURITY_STATUS check_result(struct party *p)
{
    struct validation_result result = {0};
    SECURITY_STATUS status =
            QueryContextAttributesW(&p->context, CERT_CHECK_RESULT, &result);

    return status == SEC_E_OK ? result.verify_chain : status;
}

static SECURITY_STATUS visit(const WCHAR *port, const WCHAR *flags, const WCHAR *target)
{
    struct party party = {.stream = TRUE,
            .request = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                       ISC_REQ_SEQUENCE_DETECT | ISC_REQ_STREAM | ISC_REQ_EXTENDED_ERROR |
                       ISC_REQ_USE_SUPPLIED_CREDS};
    SCH_CREDENTIALS tls = {.dwVersion = SCH_CREDENTIALS_VERSION,
            .dwFlags = SCH_CRED_NO_DEFAULT_CREDS | SCH_CRED_AUTO_CRED_VALIDATION |
                       wcstoul(flags, NULL, 16)};

    SECURITY_STATUS status = AcquireCredentialsHandleW(NULL, (WCHAR *)UNISP_NAME_W,
            SECPKG_CRED_OUTBOUND, NULL, &tls, NULL, NULL, &party.credential, NULL);
    if (status != SEC_E_OK)
        fail("AcquireCredentialsHandle", (ULONG)status);
    lstrcpynW(party.target, wcscmp(target, L"-") ? target : L"", ARRAYSIZE(party.target));
    SOCKET s = net_connect(L"127.0.0.1", port);
    status = handshake(&party, s);
    if (status == SEC_E_OK && tls.dwFlags & DEFERRED)
        status = check_result(&party);
    if (party.established)
        goodbye(&party, s);
    closesocket(s);
    if (party.has_context)
        DeleteSecurityContext(&party.context);
    FreeCredentialsHandle(&party.credential);
    free(party.in.data);
    return status;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    static const WCHAR *const roots[] = {L"trust", L"trust2", L"trust3", L"trust4"};
    char line[1024];
    WCHAR wide[1024], port[16], flags[16], target[512];

    arg_count = argc;
    arg_values = argv;
    for (size_t i = 0; i < ARRAYSIZE(roots); i++)
        if (option(roots[i], NULL))
            certificate_trust(option(roots[i], NULL));
    while (fgets(line, sizeof line, stdin)) {
        MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, ARRAYSIZE(wide));
        if (swscanf(wide, L"%15ls %15ls %511ls", port, flags, target) != 3)
            fail("a line is PORT FLAGS TARGET", 0);
        printf("0x%08lX\n", visit(port, flags, target));
        fflush(stdout);
    }
    return 0;
}
