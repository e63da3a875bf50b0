/* Which bulk ciphers, and in which order: the first one that both ends have is used (%SERVER_PRECEDENCE). */
#include "internal.h"

/* Without AES and carry-less multiplication in the processor AES-GCM does a fifth of what ChaCha20-Poly1305 does (32 bits, measured: 83 and
 * 455 MB/s), and its tables are read at places that depend on the key. SSSE3: what Nettle's 32-bit GHASH is made with as well. */
bool cpu_has_gcm(void)
{
#if defined __i386__ || defined __x86_64__
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("ssse3");
#else
    return true; /* unknown: Schannel's order */
#endif
}

const char *cipher_words(bool fast_gcm)
{
    return fast_gcm ? ":-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-CBC:"
                      "+AES-128-CBC"
                    : ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-256-GCM:+AES-128-GCM:+AES-256-CBC:"
                      "+AES-128-CBC";
}
