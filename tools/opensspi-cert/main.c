/* opensspi-cert: certificates with keys that Wine's providers cannot hold (ECDSA), and any other, from
 * a PFX or PEM file into the MY store; the key becomes a file of ours (libs/ssp/keys.h). */
#include <stdio.h>
#include "cert.h"
#include "base/log.h"

static int usage(void)
{
    fprintf(stderr,
            "opensspi-cert " OPENSSPI_VERSION
            ": certificates with keys for TLS, for programs that use Schannel\n"
            "  opensspi-cert import [--machine] [--password] FILE [KEYFILE]\n"
            "                                  FILE is a PFX, or PEM with the certificate, its "
            "issuers\n"
            "                                  and the key, which may be in KEYFILE instead\n"
            "  opensspi-cert list [--machine]\n"
            "  opensspi-cert remove [--machine] THUMBPRINT\n"
            "import puts the certificate into the MY store of the user (--machine: of the machine), "
            "its\n"
            "issuers into CA, and the key into a file that only its owner can read. Roots are not "
            "trusted by\n"
            "this. --password asks for the file's password, or reads one line of UTF-8 if the input is "
            "no console.\n"
            "list shows the certificates whose keys are such files; remove takes the certificate "
            "out, and\n"
            "the key's file with it unless another certificate has the same key. THUMBPRINT is what "
            "list\n"
            "shows, or its beginning.\n");
    return EXIT_USAGE;
}

static void show_log(enum log_level level, const char *room, const char *line)
{
    (void)level, (void)room;
    fprintf(stderr, "opensspi-cert: %s\n", line);
}

/* Takes a word away from the arguments if it is there. */
static bool option(int *argc, WCHAR **argv, const WCHAR *word)
{
    for (int i = 2; i < *argc; i++)
        if (!wcscmp(argv[i], word)) {
            for (int j = i; j + 1 < *argc; j++)
                argv[j] = argv[j + 1];
            (*argc)--;
            return true;
        }
    return false;
}

static bool has_options_left(int argc, WCHAR **argv)
{
    for (int i = 2; i < argc; i++)
        if (!wcsncmp(argv[i], L"--", 2))
            return true;
    return false;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *verb = argc > 1 ? argv[1] : L"";

    log_setup(LOG_WARN, show_log);
    bool machine = option(&argc, argv, L"--machine");
    bool import = !wcscmp(verb, L"import");
    bool password = import && option(&argc, argv, L"--password");
    if (has_options_left(argc, argv))
        return usage();
    if (import && (argc == 3 || argc == 4))
        return cert_import(machine, password, argv[2], argc == 4 ? argv[3] : NULL);
    if (!wcscmp(verb, L"list") && argc == 2)
        return cert_list(machine);
    if (!wcscmp(verb, L"remove") && argc == 3)
        return cert_remove(machine, argv[2]);
    return usage();
}
