/* With PROTOCOL_HYBRID_EX the server says whether the user may log on. [MS-RDPBCGR] 2.2.10.2: 4
 * bytes, little-endian, AUTHZ_SUCCESS 0, AUTHZ_ACCESS_DENIED 5. */
#include "nlacheck.h"

int authorization_read(struct login *l, struct peer *p)
{
    uint8_t answer[4];
    DWORD size = 0;
    int result = 0;

    while (!result && size < sizeof answer)
        result = stream_receive(l, p, answer, sizeof answer, &size);
    if (result)
        return result;
    if (!answer[0] && !answer[1] && !answer[2] && !answer[3]) {
        step(L"authorization", L"AUTHZ_SUCCESS");
        return 0;
    }
    step(L"result", L"refused: AUTHZ_ACCESS_DENIED: the password is right, but this user may not "
                    L"log on remotely");
    return EXIT_REFUSED;
}
