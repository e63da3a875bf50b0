/* steps PROGRAM [ARGUMENT...]: how many instructions PROGRAM's main thread takes from one int3 to the next, one number a line.
 *
 * PROGRAM writes a line when it is warm, and reads one before it begins; it may be a Windows program under Wine. The thread is
 * stepped (ptrace), so that the number is the same whatever else the machine does: where there are no hardware counters,
 * and cores are shared, that is a better measure of a change than time. A call of the kernel counts as one. With
 * STEPS_WHERE=FILE each address and how often it was executed goes there, and /proc/PID/maps into FILE.maps.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 1 << 20 };
static struct slot {
    uint64_t address, times;
} *slots;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void note(uint64_t address)
{
    size_t i = (address * 0x9E3779B97F4A7C15ull) >> 44;

    while (slots[i].times && slots[i].address != address)
        i = (i + 1) % SLOTS;
    slots[i].address = address;
    slots[i].times++;
}

static void copy_maps(pid_t pid, const char *name)
{
    char from[64], to[4096], part[4096];
    size_t size;

    snprintf(from, sizeof from, "/proc/%d/maps", (int)pid);
    snprintf(to, sizeof to, "%s.maps", name);
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    if (!in || !out)
        fail("maps");
    while ((size = fread(part, 1, sizeof part, in)))
        fwrite(part, 1, size, out);
    fclose(in);
    fclose(out);
}

static void write_slots(const char *name)
{
    FILE *out = fopen(name, "w");

    if (!out)
        fail(name);
    for (size_t i = 0; i < SLOTS; i++)
        if (slots[i].times)
            fprintf(out, "%llx %llu\n", (unsigned long long)slots[i].address, (unsigned long long)slots[i].times);
    fclose(out);
}

/* Started, warm, and ours. */
static pid_t begin(char **command)
{
    int in[2], out[2];
    char c = 0;

    if (pipe(in) || pipe(out))
        fail("pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (!pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execvp(command[0], command);
        _exit(127);
    }
    close(out[1]);
    while (c != '\n')
        if (read(out[0], &c, 1) != 1)
            fail("the program ended before it was warm");
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
        fail("ptrace");
    if (write(in[1], "\n", 1) != 1)
        fail("write");
    return pid;
}

int main(int argc, char **argv)
{
    const char *where = getenv("STEPS_WHERE");
    struct user_regs_struct registers;
    siginfo_t info;
    uint64_t steps = 0;
    int stepping = 0, status;

    slots = calloc(SLOTS, sizeof *slots);
    if (argc < 2 || !slots)
        return 2;
    for (pid_t pid = begin(argv + 1); waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);) {
        int signal = status >> 16 ? 0 : WSTOPSIG(status);

        if (signal == SIGTRAP && !ptrace(PTRACE_GETSIGINFO, pid, NULL, &info)) {
            signal = 0;
            if (info.si_code == SI_KERNEL) { /* int3 */
                stepping = !stepping;
                if (!stepping)
                    printf("%llu\n", (unsigned long long)steps);
                if (!stepping && where)
                    copy_maps(pid, where);
                steps = 0;
            } else if (stepping && !ptrace(PTRACE_GETREGS, pid, NULL, &registers)) {
                note(registers.rip);
                steps++;
            }
        }
        ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, NULL, signal);
    }
    if (where)
        write_slots(where);
    return 0;
}
