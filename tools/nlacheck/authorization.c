/* With PROTOCOL_HYBRID_EX the server says whether the user may log on. [MS-RDPBCGR] 2.2.10.2: 4
 * bytes, little-endian; it defines two values. */
#include "nlacheck.h"

enum { AUTHZ_SUCCESS = 0, AUTHZ_ACCESS_DENIED = 5 };

int authorization_read(struct login *l, struct peer *p)
{
    uint8_t answer[4];
    DWORD size = 0;
    int result = 0;

    while (!result && size < sizeof answer)
        result = stream_receive(l, p, answer, sizeof answer, &size);
    if (result)
        return result;
    ULONG value =
            answer[0] | (ULONG)answer[1] << 8 | (ULONG)answer[2] << 16 | (ULONG)answer[3] << 24;
    if (value == AUTHZ_ACCESS_DENIED) {
        step(L"result", L"refused: AUTHZ_ACCESS_DENIED: the password is right, but this user may "
                        L"not log on remotely");
        return EXIT_REFUSED;
    }
    if (value != AUTHZ_SUCCESS)
        return trouble(L"the server's authorization result is 0x%08lX, which is neither "
                       L"AUTHZ_SUCCESS nor AUTHZ_ACCESS_DENIED",
                value);
    step(L"authorization", L"AUTHZ_SUCCESS");
    return 0;
}
