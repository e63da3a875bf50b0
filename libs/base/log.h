/* One log line, where a failure is first known. No secret, hash, key or token, at any level.
 *
 * libs/ know no place to write to: the edge sets a sink. Without one nothing is formatted.
 * Levels: the user's words in OPENSSPI_LOG_LEVEL.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_NONE, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* SINK gets one line without newline; it may be called from any thread at any time. Set once,
 * before the first use. NULL switches off. */
typedef void (*log_sink)(enum log_level level, const char *room, const char *line);
void log_setup(enum log_level level, log_sink sink);

/* For skipping costly arguments. */
int log_wanted(enum log_level level);

/* C99's formats on every platform; without this, mingw checks against msvcrt's, which has no %zu.
 */
#ifdef __MINGW32__
#define LOG_PRINTF gnu_printf
#else
#define LOG_PRINTF printf
#endif

/* Lines are cut at 500 bytes; control characters become '?', so that one call is one line.
 * ROOM is the name of the folder: "ntlm", "credssp". */
void log_write(enum log_level level, const char *room, const char *format, ...)
        __attribute__((format(LOG_PRINTF, 3, 4)));

#define log_error(room, ...) log_write(LOG_ERROR, room, __VA_ARGS__)
#define log_warn(room, ...)  log_write(LOG_WARN, room, __VA_ARGS__)
#define log_info(room, ...)  log_write(LOG_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) log_write(LOG_DEBUG, room, __VA_ARGS__)

#endif
