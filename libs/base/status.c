#include "status.h"

const char *status_name(enum status s)
{
    /* A switch without default: the compiler names a status that is missing here. */
    switch (s) {
#define NAME(x)                                                                                    \
    case x:                                                                                        \
        return #x
        NAME(ST_OK);
        NAME(ST_CONTINUE);
        NAME(ST_INCOMPLETE);
        NAME(ST_CLOSED);
        NAME(ST_RENEGOTIATE);
        NAME(ST_NEED_CERTIFICATE);
        NAME(ST_BAD_TOKEN);
        NAME(ST_BAD_SIGNATURE);
        NAME(ST_OUT_OF_SEQUENCE);
        NAME(ST_LOGON_DENIED);
        NAME(ST_NO_AUTHORITY);
        NAME(ST_BAD_BINDINGS);
        NAME(ST_BAD_KEY_BINDING);
        NAME(ST_PEER_VERSION);
        NAME(ST_PEER_UNSUPPORTED);
        NAME(ST_PEER_ERROR);
        NAME(ST_PEER_ALERT);
        NAME(ST_NO_COMMON_ALGORITHM);
        NAME(ST_UNTRUSTED);
        NAME(ST_PEER_CLOSED);
        NAME(ST_DOWNGRADE);
        NAME(ST_BAD_ARGUMENT);
        NAME(ST_BAD_STATE);
        NAME(ST_BUFFER_TOO_SMALL);
        NAME(ST_UNSUPPORTED);
        NAME(ST_NO_CREDENTIALS);
        NAME(ST_NOT_FOUND);
        NAME(ST_POLICY);
        NAME(ST_NO_MEMORY);
        NAME(ST_NO_RANDOM);
        NAME(ST_INTERNAL);
#undef NAME
    }
    return "ST_?";
}
