/* Packages of DLLs that somebody added: by the registry, or while the program runs. */
#ifndef SECUR32_MORE_H
#define SECUR32_MORE_H

#include "lsa_host.h"

enum { MORE_PACKAGES = 64, MORE_DLLS = 32 }; /* beyond are not taken (logged) */

enum more_kind { MORE_ANY, MORE_LSA, MORE_SSPI };

/* ---- more.c ---- */

/* As package_find and package_by_lsa_id, among these. The first call of any of the three reads the registry and
 * loads what it names: their names are nowhere else. */
const struct package *more_find(const WCHAR *name);
const struct package *more_by_lsa_id(ULONG id);
/* Their infos into ROOM places; the number. The strings stay for ever. */
ULONG more_list(SecPkgInfoW *infos, ULONG room);

/* Loads the DLL at PATH and takes its packages, or takes them back after more_drop. FOUND (may be NULL): of which
 * kind they are. SEC_E_SECPKG_NOT_FOUND: not there, not of this width, Wine's own, no package of that kind, or
 * none but of names that are taken. May not be called under the loader lock. */
SECURITY_STATUS more_add(const WCHAR *path, enum more_kind kind, enum more_kind *found);
/* NAME: of a package, or of a DLL (a file name, with or without ".dll", or the path that it was added by). Its
 * packages are found no more; what was made of them lives on, and the DLL stays. SEC_E_SECPKG_NOT_FOUND. */
SECURITY_STATUS more_drop(const WCHAR *name);

/* PATH (MAX_PATH units) of the DLL that NAME means: in the system directory, unless NAME is a path; ".dll" is
 * added if there is no extension. FALSE: empty, or too long. */
BOOL more_path(const WCHAR *name, WCHAR *path);
/* A file's name alone, without a directory or a drive? */
BOOL more_is_bare(const WCHAR *name);

/* ---- more_registry.c ---- */

/* Calls FN for each DLL that the registry names, in this order: Lsa, "Security Packages" (REG_MULTI_SZ); Lsa's
 * subkeys, Wine's way; SecurityProviders (REG_SZ, commas). Names that are opensspi's or Windows' own are
 * left out. */
void more_registered(void (*fn)(const WCHAR *name, enum more_kind kind));
/* Adds NAME (bare, or a whole path) to the value for KIND (MORE_LSA, MORE_SSPI), for processes to come, unless it
 * names that DLL already. SEC_E_INVALID_PARAMETER: a comma, in what is to go among commas. SEC_E_INTERNAL_ERROR:
 * the value cannot be read or written, or is of another type; it is as it was. */
SECURITY_STATUS more_register(const WCHAR *name, enum more_kind kind);

#endif
