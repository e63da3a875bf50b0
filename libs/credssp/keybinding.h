/* What pubKeyAuth holds before it is sealed: the proof that both ends see the same TLS key.
 * [MS-CSSP] 3.1.5
 */
#ifndef CREDSSP_KEYBINDING_H
#define CREDSSP_KEYBINDING_H

#include "base/bytes.h"

enum keybinding_direction { KEYBINDING_CLIENT_TO_SERVER, KEYBINDING_SERVER_TO_CLIENT };

/* VERSION is the effective one. NONCE (TSREQUEST_NONCE_SIZE bytes) is used from version 5. KEY is
 * the contents of the SubjectPublicKey BIT STRING, not empty. OUT is replaced. ST_BAD_ARGUMENT (no
 * key, wrong nonce size), ST_NO_MEMORY. */
MUST_USE enum status keybinding_make(uint32_t version, enum keybinding_direction direction,
        struct bytes nonce, struct bytes key, struct blob *out);

#endif
