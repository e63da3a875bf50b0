/* Runs a target on mutants of its seeds: driver RUNS [SEED-NUMBER]. The same numbers give the same
 * mutants. Ends in "NAME: N passed, 0 failed, 0 skipped", a run being a check; a crash or a
 * sanitizer's report ends it before. driver --seeds DIR only writes the seeds to files (for hunt).
 */
#include <string.h>
#include "fuzz.h"

enum { SEEDS_MAX = 256, SIZE_MAX_HERE = 8192 };

__attribute__((weak)) unsigned fuzz_cost = 1;

static uint8_t *seeds[SEEDS_MAX];
static size_t sizes[SEEDS_MAX], count;
static uint64_t state = 88172645463325252ull;

static uint32_t random_below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % limit;
}

static void add_seed(const char *hex)
{
    size_t size = strlen(hex) / 2;
    seeds[count] = malloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        unsigned v;
        if (sscanf(hex + 2 * i, "%2x", &v) != 1)
            abort();
        seeds[count][i] = (uint8_t)v;
    }
    sizes[count++] = size;
}

/* Values at which length fields go wrong. */
static uint8_t interesting(void)
{
    static const uint8_t values[] = {
            0, 1, 2, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF, 0x10, 0x20, 0x30, 0xA0, 0x04};
    return values[random_below(sizeof values)];
}

static size_t splice(uint8_t *data, size_t size)
{
    size_t other = random_below((uint32_t)count);
    if (!sizes[other] || !size)
        return size;
    size_t at = random_below((uint32_t)size), from = random_below((uint32_t)sizes[other]);
    size_t part = 1 + random_below((uint32_t)(sizes[other] - from));
    if (at + part > SIZE_MAX_HERE)
        part = SIZE_MAX_HERE - at;
    memcpy(data + at, seeds[other] + from, part);
    return at + part > size ? at + part : size;
}

static size_t move_part(uint8_t *data, size_t size)
{
    if (size < 2 || size >= SIZE_MAX_HERE - 64)
        return size;
    size_t at = random_below((uint32_t)size), part = 1 + random_below(64);
    if (random_below(2)) { /* insert */
        memmove(data + at + part, data + at, size - at);
        return size + part;
    }
    if (part > size - at)
        part = size - at;
    memmove(data + at, data + at + part, size - at - part);
    return size - part;
}

static size_t mutate_once(uint8_t *data, size_t size)
{
    size_t at = size ? random_below((uint32_t)size) : 0;

    switch (size ? random_below(8) : 6) {
    case 0:
    case 1:
        data[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 2:
        data[at] = interesting();
        return size;
    case 3:
        data[at] = (uint8_t)(data[at] + random_below(5) - 2);
        return size;
    case 4:
        return random_below((uint32_t)size + 1);
    case 5:
        return splice(data, size);
    case 6:
        data[size < SIZE_MAX_HERE ? size : SIZE_MAX_HERE - 1] = interesting();
        return size < SIZE_MAX_HERE ? size + 1 : size;
    default:
        return move_part(data, size);
    }
}

static void one_run(void)
{
    size_t which = random_below((uint32_t)count), size = sizes[which];
    uint8_t *data = malloc(SIZE_MAX_HERE + 64);

    memset(data, 0, SIZE_MAX_HERE + 64);
    memcpy(data, seeds[which], size);
    for (uint32_t n = random_below(6); n; n--)
        size = mutate_once(data, size);
    /* Exactly as large as it says, so that the sanitizer sees the first byte beyond. */
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(data);
}

static int write_seeds(const char *folder)
{
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/seed-%03zu", folder, i);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(seeds[i], 1, sizes[i], file) != sizes[i] || fclose(file))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;

    if (argc > 2 && strcmp(argv[1], "--seeds"))
        state ^= strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15ull;
    fuzz_prepare();
    for (const char *const *s = fuzz_seeds; *s && count < SEEDS_MAX; s++)
        add_seed(*s);
    if (argc > 2 && !strcmp(argv[1], "--seeds"))
        return write_seeds(argv[2]);
    for (size_t i = 0; i < count; i++)
        LLVMFuzzerTestOneInput(seeds[i], sizes[i]);
    runs /= fuzz_cost;
    for (unsigned long i = 0; i < runs; i++)
        one_run();
    for (size_t i = 0; i < count; i++)
        free(seeds[i]);
    printf("%s: %lu passed, 0 failed, 0 skipped\n",
            strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0], runs + count);
    return 0;
}
