/* An event for each key (RegNotifyChangeKeyValue), signalled by whatever changes. They are asked for, not waited
 * for, so that a change counts for whoever asks next.
 *
 * Armed before anything is read: what changes while it is read is noticed the next time. Arming puts the event
 * back, so that no two keys can share one; closing a key signals it.
 */
#include "ssp/watch.h"
#include <stdlib.h>

#ifndef REG_NOTIFY_THREAD_AGNOSTIC
#define REG_NOTIFY_THREAD_AGNOSTIC 0x10000000 /* Windows 8: not over when this thread ends */
#endif

static BOOL is_there(const struct ssp_watched *k)
{
    HKEY key;
    if (RegOpenKeyExW(k->root, k->needed, 0, KEY_QUERY_VALUE | k->view, &key) != ERROR_SUCCESS)
        return FALSE;
    RegCloseKey(key);
    return TRUE;
}

static void let_go(struct ssp_watching *on)
{
    if (on->key)
        RegCloseKey(on->key);
    on->key = NULL;
}

static void watch_one(const struct ssp_watched *k, struct ssp_watching *on)
{
    const DWORD what =
            REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_THREAD_AGNOSTIC;
    let_go(on);
    if (!on->changed)
        on->changed = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!on->changed ||
            RegOpenKeyExW(k->root, k->from, 0, KEY_NOTIFY | k->view, &on->key) != ERROR_SUCCESS) {
        on->key = NULL;
        return;
    }
    if (!ResetEvent(on->changed) ||
            RegNotifyChangeKeyValue(on->key, TRUE, what, on->changed, TRUE) != ERROR_SUCCESS)
        let_go(on);
}

/* A key that is not there is watched for, and covers nothing. */
static void arm(struct ssp_watch *w)
{
    w->number++;
    w->covered = 0;
    for (unsigned i = 0; i < w->count; i++) {
        watch_one(&w->keys[i], &w->on[i]);
        if (w->on[i].key && is_there(&w->keys[i]))
            w->covered |= 1u << i;
    }
    w->state = SSP_WATCH_ARMED;
}

/* Anything but "none is signalled" may be a change. */
static BOOL is_stale(const struct ssp_watch *w)
{
    HANDLE changed[SSP_WATCH_MOST];
    DWORD count = 0;
    if (w->state != SSP_WATCH_ARMED)
        return TRUE;
    for (unsigned i = 0; i < w->count; i++)
        if (w->on[i].key)
            changed[count++] = w->on[i].changed;
    return count && WaitForMultipleObjects(count, changed, FALSE, 0) != WAIT_TIMEOUT;
}

/* Before 8 Wine did not tell of values below the key itself; Windows does. */
static BOOL tells_of_all(void)
{
    const char *(__cdecl *version)(void) = (const char *(__cdecl *)(void))(void *)GetProcAddress(
            GetModuleHandleW(L"ntdll.dll"), "wine_get_version");
    return !version || atoi(version()) >= 8;
}

struct ssp_stamp ssp_watch_stamp(struct ssp_watch *w)
{
    ssp_lock_take(&w->lock);
    if (w->state == SSP_WATCH_NEW)
        w->state = tells_of_all() ? SSP_WATCH_ASKED : SSP_WATCH_NEVER;
    else if (w->state != SSP_WATCH_NEVER && is_stale(w))
        arm(w);
    struct ssp_stamp now = {w->number, w->covered};
    ssp_lock_give(&w->lock);
    return now;
}

void ssp_watch_close(struct ssp_watch *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        let_go(&w->on[i]);
        if (w->on[i].changed)
            CloseHandle(w->on[i].changed);
        w->on[i].changed = NULL;
    }
    w->state = SSP_WATCH_NEW;
}
