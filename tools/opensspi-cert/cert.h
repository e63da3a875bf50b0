/* The verbs of opensspi-cert. Each writes what it did to stdout, one line why not to stderr, and gives
 * the program's exit code. */
#ifndef OPENSSPI_CERT_H
#define OPENSSPI_CERT_H

#include <stdbool.h>
#include <windows.h>
#include <wincrypt.h>
#include "base/bytes.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* import.c. KEY_FILE may be NULL. */
int cert_import(bool machine, bool ask_for_password, const WCHAR *file, const WCHAR *key_file);
/* manage.c. THUMBPRINT: hexadecimal, SHA-1, or its beginning, of one certificate. */
int cert_list(bool machine);
int cert_remove(bool machine, const WCHAR *thumbprint);

/* store.c */
/* NAME: L"MY", L"CA". NULL: cannot be opened; said. */
HCERTSTORE store_open(bool machine, const WCHAR *name, bool write);
/* All of it to the registry. FALSE: said. STORE is closed. */
bool store_close(HCERTSTORE store, bool written);
/* The name of CERTIFICATE's key file, to be freed with LocalFree; NULL: its key is elsewhere. */
WCHAR *key_name(PCCERT_CONTEXT certificate);
/* 41 characters with the NUL. */
void thumbprint_of(PCCERT_CONTEXT certificate, char hex[41]);
/* "CN=..." for people; SIZE at least 2. */
void subject_of(PCCERT_CONTEXT certificate, char *text, size_t size);
/* Prints to stderr, behind the tool's name, and gives EXIT_FAILED. */
int say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
