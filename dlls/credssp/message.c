/* After completion the context is the TLS stream: both functions are Schannel's, buffers and all. The
 * context's lock is not taken, which a leg holds for long: `tls` is written once, before `complete`.
 */
#include "provider.h"

SECURITY_STATUS message_encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc m, ULONG sequence)
{
    struct context *c = (struct context *)o;
    return context_complete(c) ? inner_sspi()->EncryptMessage(&c->tls, quality, m, sequence)
                       : SEC_E_OUT_OF_SEQUENCE;
}

SECURITY_STATUS message_decrypt(
        struct ssp_object *o, PSecBufferDesc m, ULONG sequence, ULONG *quality_out)
{
    struct context *c = (struct context *)o;
    return context_complete(c) ? inner_sspi()->DecryptMessage(&c->tls, m, sequence, quality_out)
                       : SEC_E_OUT_OF_SEQUENCE;
}
