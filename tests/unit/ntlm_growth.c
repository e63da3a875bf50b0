/* 100,000 logins of libs/ntlm in one process, good ones and refused ones, version 2 and version 1,
 * with messages: the memory in use is the same after as before, to the byte. As a PE program: Wine's
 * heap makes groups of small blocks now and then, but what leaks grows in every tenth of the run. */
#include "ntlm_pair.h"

#ifdef __SANITIZE_ADDRESS__
/* sanitizer/allocator_interface.h, which Debian's gcc comes without. */
size_t __sanitizer_get_current_allocated_bytes(void);

static size_t in_use(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
#include <malloc.h>

/* The C library's heap, block by block. */
static size_t in_use(void)
{
    _HEAPINFO block = {0};
    size_t total = 0;

    while (_heapwalk(&block) == _HEAPOK)
        total += block._useflag == _USEDENTRY ? block._size : 0;
    return total;
}
#endif

static const uint8_t wrong_hash[NTLM_HASH_SIZE] = {1};

/* Of each four one is of version 1, one with a wrong password. */
static bool one_login(unsigned i)
{
    uint8_t data[64] = {0}, signature[NTLM_SIGNATURE_SIZE];
    struct ntlm_part part = {data, sizeof data, true};
    struct pair p;

    pair_setup(&p);
    p.client_config.level = i % 4 == 1 ? NTLM_LEVEL_2 : NTLM_LEVEL_DEFAULT;
    p.server_config.level = NTLM_LEVEL_3;
    p.client_config.nt_hash = i % 4 == 2 ? wrong_hash : pair_nt_hash;
    enum status s = pair_new(&p);
    if (s == ST_OK)
        s = pair_login(&p);
    bool right = s == (i % 4 == 2 ? ST_LOGON_DENIED : ST_OK);
    if (s == ST_OK)
        right = right && ntlm_seal(p.client, &part, 1, signature) == ST_OK &&
                ntlm_unseal(p.server, &part, 1, bytes_of(signature, 16)) == ST_OK;
    pair_free(&p);
    return right;
}

/* How much more is in use after COUNT logins. */
static long growth(unsigned count, unsigned *wrong)
{
    size_t before = in_use();

    for (unsigned i = 0; i < count; i++)
        *wrong += !one_login(i);
    return (long)(in_use() - before);
}

int main(void)
{
    enum { TENTH = 10000 };
    unsigned wrong = 0;
    long smallest = growth(TENTH, &wrong), sum = 0;
    void *canary;

    for (unsigned i = 1; i < 10; i++) {
        long g = growth(TENTH, &wrong);
        smallest = g < smallest ? g : smallest;
        sum += g;
    }
    CHECK(wrong == 0);
#ifdef __SANITIZE_ADDRESS__
    CHECK(smallest == 0 && sum == 0);
#else
    CHECK(smallest <= 0 && sum < 9 * TENTH); /* a byte per login is less than any leak */
#endif
    /* The measure sees a block. */
    size_t before = in_use();
    canary = mem_alloc(1 << 16);
    CHECK(in_use() > before);
    mem_free(canary, 1 << 16);
    return unit_end("ntlm_growth");
}
