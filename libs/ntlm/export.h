/* A complete context as bytes, and back: for ExportSecurityContext and ImportSecurityContext.
 *
 * The bytes hold the session key: who has them can read and forge every message of the session, as
 * whoever has the context can. They are not encrypted here; whom they are given to is the program's
 * care. Their checksum finds damage, not malice: whoever can write them can make up a whole
 * session, with any user's name. So a program imports only what it knows to be from
 * ExportSecurityContext.
 *
 * Two contexts of one session must not both seal: each would use up the same key stream.
 */
#ifndef NTLM_EXPORT_H
#define NTLM_EXPORT_H

#include "ntlm.h"

/* OUT is replaced. RESET: what is made of it starts where the session started: sequence number 0,
 * RC4 at the initial key; otherwise it goes on where C is now. EXTRA: the caller's, kept with the
 * rest and checked with it; at most 65,535 bytes, else ST_BAD_ARGUMENT. ST_BAD_STATE before
 * completion and after a failure; ST_NO_MEMORY. C stays as it is. */
MUST_USE enum status ntlm_export(
        const struct ntlm_context *c, bool reset, struct bytes extra, struct blob *out);

/* *CONTEXT is owned by the caller: ntlm_free. *EXTRA is a view into PACKED. ST_BAD_TOKEN for what
 * is not whole, is damaged, or is of another version; ST_NO_MEMORY. */
MUST_USE enum status ntlm_import(
        struct bytes packed, struct bytes *extra, struct ntlm_context **context);

/* Which side C is: what an import gives must be known to be the one or the other. */
bool ntlm_is_server(const struct ntlm_context *c);

#endif
