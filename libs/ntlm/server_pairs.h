/* What a server asks of a response besides the proof: when it was made, for whom, over which
 * channel, and on which machine. The pairs are believed only where the proof covers them, so
 * RESPONSE is all zeros for anonymous, guest and version 1: nothing was sent then. */
#ifndef NTLM_SERVER_PAIRS_H
#define NTLM_SERVER_PAIRS_H

#include "context.h"
#include "response.h"

/* ST_LOGON_DENIED: too old, or from the future. ST_BAD_BINDINGS: channel bindings or target. Logs
 * which. */
MUST_USE enum status ntlm_check_pairs(
        const struct ntlm_context *c, const struct ntlm_v2_response *response);

/* Was it made on this machine? */
bool ntlm_is_loopback(const struct ntlm_context *c, const struct ntlm_v2_response *response);

#endif
