/* Faults in the DLLs as they ship: functions of the test's own in the place of what they import from
 * msvcrt, kernel32 and advapi32, in this process's copy of them. */
#ifndef TESTS_WIN_FAULTS_H
#define TESTS_WIN_FAULTS_H

#include "sspi_test.h"

static LONG memory_left = -1, random_left = -1; /* calls that still succeed; negative: all */
static LONG live;                               /* blocks not yet freed */

static BOOL must_fail(LONG *left)
{
    return *left >= 0 && (*left)-- == 0;
}

static void *__cdecl our_calloc(size_t count, size_t size)
{
    void *p = must_fail(&memory_left) ? NULL : calloc(count, size);
    live += p != NULL;
    return p;
}

static void __cdecl our_free(void *p)
{
    live -= p != NULL;
    free(p);
}

static void *WINAPI our_heap_alloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    void *p = must_fail(&memory_left) ? NULL : HeapAlloc(heap, flags, size);
    live += p != NULL;
    return p;
}

static BOOL WINAPI our_heap_free(HANDLE heap, DWORD flags, void *p)
{
    live -= p != NULL;
    return HeapFree(heap, flags, p);
}

static BOOLEAN(WINAPI *true_random)(void *, ULONG);

static BOOLEAN WINAPI our_random(void *out, ULONG size)
{
    return must_fail(&random_left) ? FALSE : true_random(out, size);
}

static struct hook {
    const char *name;
    void *ours;
    int places; /* where it was found, in all modules */
} hooks[] = {{"calloc", our_calloc}, {"free", our_free}, {"HeapAlloc", our_heap_alloc},
        {"HeapFree", our_heap_free}, {"SystemFunction036", our_random}};

enum { MOST = 20 };
static struct {
    void **place, *former;
} patched[MOST];
static int patched_count;

static void write_place(void **place, void *value)
{
    DWORD former;

    ok(VirtualProtect(place, sizeof(*place), PAGE_READWRITE, &former), "%lu\n", GetLastError());
    *place = value;
    VirtualProtect(place, sizeof(*place), former, &former);
}

static void patch(void **place, const char *name)
{
    int i;

    for (i = 0; i < ARRAY_SIZE(hooks); i++)
        if (!strcmp(hooks[i].name, name) && patched_count < MOST) {
            patched[patched_count].place = place;
            patched[patched_count++].former = *place;
            hooks[i].places++;
            write_place(place, hooks[i].ours);
        }
}

/* PE format, "Import Directory Table": each import's name, and the place that calls go through. */
static void patch_module(const char *name)
{
    true_random = (void *)GetProcAddress(LoadLibraryA("advapi32.dll"), "SystemFunction036");
    BYTE *base = (BYTE *)LoadLibraryA(name);
    IMAGE_NT_HEADERS *head = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    IMAGE_IMPORT_DESCRIPTOR *from =
            (IMAGE_IMPORT_DESCRIPTOR *)(base + head->OptionalHeader
                                                       .DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]
                                                       .VirtualAddress);

    for (; from->Name; from++) {
        IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(base + from->OriginalFirstThunk),
                         *places = (IMAGE_THUNK_DATA *)(base + from->FirstThunk);
        for (; names->u1.AddressOfData; names++, places++)
            if (!IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal))
                patch((void **)&places->u1.Function,
                        (char *)((IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData))->Name);
    }
}

static void unpatch(void)
{
    while (patched_count--)
        write_place(patched[patched_count].place, patched[patched_count].former);
}

#endif
