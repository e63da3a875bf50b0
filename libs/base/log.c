/* mingw's own vsnprintf: msvcrt's knows neither %zu nor the NUL at a cut. Before any header. */
#define __USE_MINGW_ANSI_STDIO 1
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#include "log.h"

#define LINE_MAX_BYTES 500

static _Atomic(log_sink) current_sink;
static atomic_int current_level = LOG_NONE;

void log_setup(enum log_level level, log_sink sink)
{
    atomic_store(&current_level, (int)level);
    atomic_store(&current_sink, sink);
}

int log_wanted(enum log_level level)
{
    return level > LOG_NONE && (int)level <= atomic_load(&current_level) &&
           atomic_load(&current_sink) != NULL;
}

/* A line break or escape sequence in an argument must not make a second line. */
static void make_one_line(char *line)
{
    for (; *line; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7F)
            *line = '?';
}

/* A LINE that was cut ends with a whole character of UTF-8. */
static void drop_half_character(char *line, size_t size)
{
    size_t start = size;

    while (start > 0 && ((unsigned char)line[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)line[start - 1] >= 0xC0) {
        unsigned lead = (unsigned char)line[start - 1];
        size_t wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;

        if (size - start < wanted)
            line[start - 1] = 0;
    }
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
    char line[LINE_MAX_BYTES + 1];
    log_sink sink = atomic_load(&current_sink);
    va_list args;
    int n;

    if (!sink || !log_wanted(level))
        return;
    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof(line))
        drop_half_character(line, sizeof(line) - 1);
    make_one_line(line);
    sink(level, room, line);
}
