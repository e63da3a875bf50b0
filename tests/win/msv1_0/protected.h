/* A pair of contexts with signing and sealing, for the tests of messages. */
#ifndef MSV1_0_PROTECTED_H
#define MSV1_0_PROTECTED_H

#include "../accounts.h"
#include "../login.h"

static const char text[] = "attack at dawn, or when the kettle boils";
enum { TEXT = sizeof(text), TRAILER = 16 };

static struct login *both;
#define FROM (&both->client)
#define TO   (&both->server)

static void in_new_contexts(void (*test)(void))
{
    both = calloc(1, sizeof(*both));
    both->identity = good_identity();
    both->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT;
    both->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY | ASC_REQ_SEQUENCE_DETECT;
    if (login_good(both))
        test();
    login_close(both);
    free(both);
}

#endif
