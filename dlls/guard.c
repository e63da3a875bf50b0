/* The stack protector's own part, for every DLL and program: the guard value and what happens when
 * it was overwritten; also where _FORTIFY_SOURCE's checks end.
 *
 * libssp.a has these as well, but its guard is set by CryptAcquireContext and CryptGenRandom in a
 * constructor: under the loader lock, and in Wine that loads rsaenh, bcrypt and the host's
 * libgnutls into every process that lists the packages (docs/guide.md, "Speed"). RtlGenRandom loads nothing. This object comes before libssp.a, whose own is then not
 * taken.
 */
#include <windows.h>
#include <intrin.h>
#include <stdint.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size); /* RtlGenRandom */

extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) __attribute__((noreturn));
void __chk_fail(void) __attribute__((noreturn));

uintptr_t __stack_chk_guard;

/* The value may not change under a function that is protected itself, so this one is not. */
__attribute__((constructor(101), optimize("no-stack-protector"))) static void set_guard(void)
{
    uintptr_t value = 0;

    if (!SystemFunction036(&value, sizeof value)) /* what the MSVC runtime uses */
        value = (uintptr_t)__rdtsc() ^ GetCurrentThreadId() ^ (uintptr_t)&value;
    /* The lowest byte 0 stops a string from running over it. */
    __stack_chk_guard = value & ~(uintptr_t)0xFF;
}

/* The stack is not to be trusted any more: no handler, no message, no return. */
static __attribute__((noreturn)) void fail_fast(void)
{
    /* __fastfail(FAST_FAIL_STACK_COOKIE_CHECK_FAILURE), which mingw-w64 has no header for */
    __asm__ volatile("int $0x29" : : "c"(2));
    __builtin_unreachable();
}

void __stack_chk_fail(void)
{
    fail_fast();
}

void __chk_fail(void)
{
    fail_fast();
}
