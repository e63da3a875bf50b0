/* Account files kept between logins; when and why in accounts_kept.h. */
#include "accounts_kept.h"
#include <winternl.h>
#include "accounts_file.h"

/* A file's state. Under Wine CHANGED is the Unix ctime, which no program can set. */
struct stamp {
    LONGLONG created, written, changed, size; /* 100 ns since 1601; bytes */
};

static const LONGLONG settled = 3 * 10000000; /* FAT's clock ticks every two seconds */

enum { SLOTS = 4 };

static struct {
    SRWLOCK lock; /* held shared while a slot is searched */
    LONG users;
    unsigned next; /* slot to give up when all are taken */
    struct slot {
        WCHAR path[MAX_PATH]; /* empty: free */
        struct stamp stamp;
        struct blob text;
    } slots[SLOTS];
} kept = {.lock = SRWLOCK_INIT};

/* FILE_NETWORK_OPEN_INFORMATION (wdm.h). */
struct network_open_information {
    LARGE_INTEGER created, accessed, written, changed, allocated, size;
    ULONG attributes;
};

typedef NTSTATUS(NTAPI *query_function)(OBJECT_ATTRIBUTES *, struct network_open_information *);

/* By name, for GetFileAttributesEx does not say when access rights were changed, and opening the
 * file is what we want to save. */
static query_function query(void)
{
    static void *function;

    if (!function)
        function =
                (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryFullAttributesFile");
    return (query_function)function;
}

/* False: there is no telling; the file is then read each time. Shares (\\server) are not kept:
 * their clock is another machine's. */
static bool stamp_of(const WCHAR *path, struct stamp *out)
{
    static const WCHAR prefix[] = L"\\??\\";
    WCHAR name[MAX_PATH + ARRAYSIZE(prefix)];
    struct network_open_information info;

    memcpy(name, prefix, sizeof prefix);
    DWORD length = GetFullPathNameW(path, MAX_PATH, name + ARRAYSIZE(prefix) - 1, NULL);
    if (!query() || !length || length >= MAX_PATH || name[ARRAYSIZE(prefix) - 1] == L'\\')
        return false;
    UNICODE_STRING text = {.Buffer = name};
    text.Length = text.MaximumLength = (USHORT)((length + ARRAYSIZE(prefix) - 1) * sizeof *name);
    OBJECT_ATTRIBUTES object = {
            .Length = sizeof object, .ObjectName = &text, .Attributes = OBJ_CASE_INSENSITIVE};
    if (query()(&object, &info) < 0)
        return false;
    *out = (struct stamp){info.created.QuadPart, info.written.QuadPart, info.changed.QuadPart,
            info.size.QuadPart};
    return true;
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
    return a->created == b->created && a->written == b->written && a->changed == b->changed &&
           a->size == b->size;
}

static void slot_free(struct slot *slot)
{
    slot->path[0] = 0;
    blob_free(&slot->text);
}

void accounts_kept_open(void)
{
    InterlockedIncrement(&kept.users);
}

void accounts_kept_close(void)
{
    AcquireSRWLockExclusive(&kept.lock);
    if (!InterlockedDecrement(&kept.users))
        for (unsigned i = 0; i < SLOTS; i++)
            slot_free(&kept.slots[i]);
    ReleaseSRWLockExclusive(&kept.lock);
}

/* The slot of PATH, or NULL. With the lock. */
static struct slot *slot_of(const WCHAR *path)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (path[0] && !wcscmp(kept.slots[i].path, path))
            return &kept.slots[i];
    return NULL;
}

static struct slot *slot_for(const WCHAR *path)
{
    struct slot *slot = slot_of(path);

    for (unsigned i = 0; !slot && i < SLOTS; i++)
        if (!kept.slots[i].path[0])
            slot = &kept.slots[i];
    return slot ? slot : &kept.slots[kept.next++ % SLOTS];
}

static bool has_settled(const struct stamp *stamp)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    LONGLONG age =
            (LONGLONG)((ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime) - stamp->changed;
    return age >= settled;
}

static void forget(const WCHAR *path)
{
    AcquireSRWLockExclusive(&kept.lock);
    struct slot *slot = slot_of(path);
    if (slot)
        slot_free(slot);
    ReleaseSRWLockExclusive(&kept.lock);
}

/* TEXT was read after BEFORE was seen: if that is still so, it is the text of that stamp. */
static void keep(const WCHAR *path, const struct stamp *before, struct blob *text)
{
    struct stamp after;

    if (wcslen(path) >= MAX_PATH || !has_settled(before) || !stamp_of(path, &after) ||
            !same_stamp(before, &after))
        return;
    AcquireSRWLockExclusive(&kept.lock);
    if (kept.users > 0) {
        struct slot *slot = slot_for(path);
        slot_free(slot);
        wcscpy(slot->path, path);
        slot->stamp = after;
        blob_move(&slot->text, text);
    }
    ReleaseSRWLockExclusive(&kept.lock);
}

enum status accounts_kept_search(const WCHAR *path, enum account_form form, struct bytes user,
        struct bytes domain, struct account *out, enum account_answer *answer)
{
    struct stamp before;
    struct blob text = {0};
    bool stamped = stamp_of(path, &before);

    AcquireSRWLockShared(&kept.lock);
    struct slot *slot = slot_of(path);
    bool hit = stamped && slot && same_stamp(&slot->stamp, &before);
    if (hit)
        *answer = accounts_search(blob_view(&slot->text), form, user, domain, out);
    ReleaseSRWLockShared(&kept.lock);
    if (hit)
        return *answer == ACCOUNT_NO_MEMORY ? ST_NO_MEMORY : ST_OK;

    if (slot)
        forget(path);
    enum status s = accounts_file_read(path, &text);
    if (s != ST_OK)
        return s;
    *answer = accounts_search(blob_view(&text), form, user, domain, out);
    if (stamped)
        keep(path, &before, &text);
    blob_free(&text);
    return *answer == ACCOUNT_NO_MEMORY ? ST_NO_MEMORY : ST_OK;
}
