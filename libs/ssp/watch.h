/* Settings that are read once and kept while the registry has not changed: one call of the server for however
 * many keys and values, where Wine takes two to four for each value.
 */
#ifndef SSP_WATCH_H
#define SSP_WATCH_H

#include "ssp/lock.h"

enum { SSP_WATCH_MOST = 4 };

/* FROM is watched, with all that is in it and below it; NEEDED is it or a key below it that has to be there. FROM is a
 * key that nobody deletes: its own watch does not tell of that (Wine), nor of anything afterwards. */
struct ssp_watched {
    HKEY root;
    const WCHAR *needed, *from;
    REGSAM view; /* KEY_WOW64_64KEY; 0: this process's own */
};

struct ssp_watch {
    const struct ssp_watched *keys; /* set by whoever defines one; zeros behind COUNT */
    unsigned count;
    struct ssp_lock lock;
    struct ssp_watching {
        HKEY key; /* NULL: it could not be watched */
        HANDLE changed;
    } on[SSP_WATCH_MOST];
    ULONGLONG number;
    unsigned covered;
    enum { SSP_WATCH_NEW, SSP_WATCH_ASKED, SSP_WATCH_ARMED, SSP_WATCH_NEVER } state;
};

/* A moment: of two with the same number, nothing was changed in between under the keys that are COVERED,
 * a bit each. */
struct ssp_stamp {
    ULONGLONG number;
    unsigned covered;
};

/* What is read after this is as new as the stamp. The first one of a process covers nothing: most
 * acquire one credential, and setting up costs more than it saves them. */
struct ssp_stamp ssp_watch_stamp(struct ssp_watch *w);

/* Lets go of its handles, when the DLL is unloaded: nobody uses W any more. Good under the loader lock. */
void ssp_watch_close(struct ssp_watch *w);

/* Is what was read after THEN still so? */
static inline BOOL ssp_stamp_holds(struct ssp_stamp then, struct ssp_stamp now, unsigned key)
{
    return then.number == now.number && (now.covered >> key & 1);
}

#endif
