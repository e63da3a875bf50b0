/* A summary of the wire: each message that begins, its kind and size. Contents are not looked at,
 * but for the type of TLS's handshake messages before they are encrypted. RFC 5246 6.2.1, 7.4,
 * RFC 8446 5.1, [MS-RDPBCGR] 2.2.1.1.
 *
 *   TLS   type(1) version(2) length(2, big-endian)
 *   TPKT  03 00 length(2, big-endian, these four included)
 */
#include "nlacheck.h"

enum { TPKT = 3, CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION_DATA = 23 };
enum { TLS_HEAD = 5, TPKT_HEAD = 4 };

static const WCHAR *handshake_name(uint8_t type)
{
    static const WCHAR *const names[21] = {[1] = L" ClientHello",
            [2] = L" ServerHello",
            [4] = L" NewSessionTicket",
            [11] = L" Certificate",
            [12] = L" ServerKeyExchange",
            [13] = L" CertificateRequest",
            [14] = L" ServerHelloDone",
            [16] = L" ClientKeyExchange"};

    return type < ARRAYSIZE(names) && names[type] ? names[type] : L"";
}

static const WCHAR *record_name(uint8_t type)
{
    static const WCHAR *const names[] = {
            L"change_cipher_spec", L"alert", L"handshake", L"application data"};

    return type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA
                   ? names[type - CHANGE_CIPHER_SPEC]
                   : L"?";
}

/* The head is complete: says so, and how much is to come. A byte of the contents is in it. */
static void begun(struct trace *t, const WCHAR *arrow)
{
    const uint8_t *h = t->head;

    if (h[0] == TPKT) {
        DWORD size = (DWORD)h[2] << 8 | h[3];
        t->left = size > sizeof t->head ? size - sizeof t->head : 0;
        step(L"trace", L"%ls %5lu bytes  X.224 connection %ls", arrow, size,
                arrow[0] == L'-' ? L"request" : L"confirm");
        return;
    }
    DWORD size = (DWORD)h[3] << 8 | h[4];
    t->left = size ? size - 1 : 0;
    step(L"trace", L"%ls %5lu bytes  TLS record: %ls%ls", arrow, TLS_HEAD + size,
            record_name(h[0]), h[0] == HANDSHAKE && !t->ciphered ? handshake_name(h[5]) : L"");
    t->ciphered |= h[0] == CHANGE_CIPHER_SPEC;
}

void trace_feed(struct trace *t, const WCHAR *arrow, const void *data, DWORD size)
{
    const uint8_t *at = data;

    while (size) {
        if (t->left) {
            DWORD part = size < t->left ? size : t->left;
            t->left -= part;
            at += part;
            size -= part;
            continue;
        }
        t->head[t->have++] = *at++;
        size--;
        if (t->have == sizeof t->head) {
            begun(t, arrow);
            t->have = 0;
        }
    }
}
