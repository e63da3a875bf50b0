/* The stack protector's two symbols, instead of libssp's: that one's value comes from CryptGenRandom, for
 * which Wine loads rsaenh, crypt32, user32, gdi32 and more into a process that only wanted a
 * package list, in each of our DLLs' DllMain.
 */
#include <windows.h>
#include <ntsecapi.h> /* RtlGenRandom */
#include <stdint.h>

void *__stack_chk_guard;
void __stack_chk_fail(void) __attribute__((noreturn));

/* A smashed stack is not to be unwound, nor is anyone asked: STATUS_STACK_BUFFER_OVERRUN, as Windows
 * ends such a process. */
void __stack_chk_fail(void)
{
    for (;;)
        TerminateProcess(GetCurrentProcess(), 0xC0000409);
}

/* Before any code of the DLL runs. The zero byte ends a string that runs over the buffer. */
static void __attribute__((constructor, no_stack_protector)) guard_start(void)
{
    static uintptr_t value;
    static LARGE_INTEGER now;

    if (!RtlGenRandom(&value, sizeof value)) {
        QueryPerformanceCounter(&now);
        value = (uintptr_t)now.QuadPart * 0x9E3779B1u ^ (uintptr_t)&value;
    }
    __stack_chk_guard = (void *)(value & ~(uintptr_t)0xFF);
    value = 0;
}
