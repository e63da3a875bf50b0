/* Thousands of logins in one process, good ones, refused ones and abandoned ones: heaps, handles of
 * the system and SSPI's own handle table are as large after as before. (100,000 of the engine
 * alone: tests/unit/ntlm_growth.) */
#include "../accounts.h"
#include "../login.h"

enum { WINDOW = 500, WINDOWS = 10 };

/* Bytes in use on all heaps of the process, block by block. Wine makes groups of 31 small blocks of
 * one, so this goes up in steps now and then: but what leaks goes up in every window. */
static SIZE_T heap_in_use(void)
{
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(64, heaps), i;
    PROCESS_HEAP_ENTRY entry;
    SIZE_T total = 0;

    for (i = 0; i < count && i < 64; i++) {
        HeapLock(heaps[i]);
        memset(&entry, 0, sizeof(entry));
        while (HeapWalk(heaps[i], &entry))
            total += entry.wFlags & PROCESS_HEAP_ENTRY_BUSY ? entry.cbData : 0;
        HeapUnlock(heaps[i]);
    }
    return total;
}

struct usage {
    SIZE_T heap;
    DWORD handles;
    unsigned wrong;  /* logins that ended in another way than they should */
    ULONG_PTR slots; /* the highest handle of ours that was seen: index and kind (libs/ssp/handle.c) */
};

static void note(struct usage *u, const SecHandle *handle)
{
    u->slots = max(u->slots, handle->dwLower & (sizeof(ULONG_PTR) == 8 ? 0xFFFFFFFF : 0xFFFFF));
}

/* FALSE: another end than it should have. */
static BOOL legs(struct login *l, int i, void *wrong)
{
    static const SECURITY_STATUS want[] = {
            SEC_E_OK, SEC_E_LOGON_DENIED, SEC_I_CONTINUE_NEEDED, SEC_E_INVALID_TOKEN};

    l->identity = i % 4 == 1 ? wrong : l->identity;
    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    if (i % 4 != 2) { /* else abandoned half way */
        login_leg(l, FALSE);
        l->token_size -= i % 4 == 3 ? 20 : 0; /* cut off */
        login_leg(l, TRUE);
    }
    return l->server_status == want[i % 4];
}

static void one(int i, struct usage *u)
{
    static union identity right, wrong;
    struct login *l = calloc(1, sizeof(*l));
    SecPkgContext_SessionKey key = {0};

    ansi = i % 2;
    l->identity = make_identity(&right, FORM_PLAIN, L"alice", L"", L"Wonder-Land1");
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    l->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;
    u->wrong += !legs(l, i, make_identity(&wrong, FORM_PLAIN, L"alice", L"", L"Wonder-Land2"));
    if (i % 4 == 0) {
        u->wrong += query(&l->server, SECPKG_ATTR_SESSION_KEY, &key) != SEC_E_OK;
        FreeContextBuffer(key.SessionKey);
    }
    note(u, &l->client);
    note(u, &l->server);
    note(u, &l->client_credential);
    note(u, &l->server_credential);
    login_close(l);
    free(l);
    ansi = FALSE;
}

/* Bytes by which the heaps grew in one window. */
static SSIZE_T window(struct usage *u)
{
    SIZE_T before = heap_in_use();
    int i;

    for (i = 0; i < WINDOW; i++)
        one(i, u);
    return heap_in_use() - before;
}

START_TEST(growth)
{
    struct usage before = {0}, after = {0};
    SSIZE_T smallest;
    void *lost[WINDOW / 4];
    int i;

    if (!store_open()) {
        skip("the account store is opensspi's\n");
        return;
    }
    SetEnvironmentVariableA("OPENSSPI_LOG_LEVEL", "none"); /* half of the logins fail */
    smallest = window(&before);
    GetProcessHandleCount(GetCurrentProcess(), &before.handles);
    for (i = 1; i < WINDOWS; i++) {
        SSIZE_T grown = window(&after);
        smallest = min(smallest, grown);
    }
    GetProcessHandleCount(GetCurrentProcess(), &after.handles);
    ok(!before.wrong && !after.wrong, "%u logins ended wrongly\n", before.wrong + after.wrong);
    ok(smallest <= 0, "the heaps grew by at least %d bytes in %d logins\n", (int)smallest, WINDOW);
    ok(after.handles <= before.handles, "handles grew from %lu to %lu\n", before.handles,
            after.handles);
    ok(after.slots <= before.slots, "SSPI's handles grew from %u to %u\n", (unsigned)before.slots,
            (unsigned)after.slots);
    /* The measure sees the smallest leak of one kind of login in four. */
    before.heap = heap_in_use();
    for (i = 0; i < WINDOW / 4; i++)
        lost[i] = HeapAlloc(GetProcessHeap(), 0, 1);
    ok(heap_in_use() > before.heap, "the measure sees no leak\n");
    while (i--)
        HeapFree(GetProcessHeap(), 0, lost[i]);
    store_close();
}
