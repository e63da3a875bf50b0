/* Growing bytes, options, the end. */
#include "peer.h"
#include <stdio.h>

enum { RUN_MAX = 16 << 20 };

int arg_count;
WCHAR **arg_values;

void fail(const char *what, ULONG status)
{
    fprintf(stderr, "%s: 0x%08lX\n", what, status);
    exit(3);
}

void run_add(struct run *r, const void *data, DWORD size)
{
    if (size > RUN_MAX - r->size)
        fail("too many bytes", size);
    if (r->size + size > r->capacity) {
        r->capacity = (r->size + size) * 2;
        r->data = realloc(r->data, r->capacity);
        if (!r->data)
            fail("no memory", r->capacity);
    }
    if (size)
        memcpy(r->data + r->size, data, size);
    r->size += size;
}

void run_drop(struct run *r, DWORD size)
{
    r->size -= size;
    if (r->size)
        memmove(r->data, r->data + size, r->size);
}

const WCHAR *option(const WCHAR *name, const WCHAR *otherwise)
{
    size_t length = wcslen(name);

    for (int i = 1; i < arg_count; i++)
        if (!wcsncmp(arg_values[i], name, length) && arg_values[i][length] == L'=')
            return arg_values[i] + length + 1;
    return otherwise;
}
