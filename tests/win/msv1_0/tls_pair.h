/* What one side of a TLS session on the way to a server hands to NTLM. */
#ifndef MSV1_0_TLS_PAIR_H
#define MSV1_0_TLS_PAIR_H

#include <windows.h>
#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
#include <security.h>

/* SECPKG_ATTR_ENDPOINT_BINDINGS of a new Schannel session's client or server; OTHER: with another
 * certificate. The caller frees it. */
SEC_CHANNEL_BINDINGS *tls_bindings(BOOL server, BOOL other, ULONG *size);

#endif
