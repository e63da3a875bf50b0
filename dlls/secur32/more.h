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

/* Loads the DLL at PATH and takes its packages, or takes them back after more_drop. SEC_E_SECPKG_NOT_FOUND:
 * not there, not of this width, Wine's own, no package of that kind, or none but of names that are taken.
 * May not be called under the loader lock. */
SECURITY_STATUS more_add(const WCHAR *path, enum more_kind kind);
/* NAME: of a package, or of a DLL (a file name, with or without ".dll", or the path that it was added by). Its
 * packages are found no more; what was made of them lives on, and the DLL stays. SEC_E_SECPKG_NOT_FOUND. */
SECURITY_STATUS more_drop(const WCHAR *name);

/* Are the packages of the DLL at PATH LSA-mode ones? */
BOOL more_is_hosted(const WCHAR *path);

/* PATH (MAX_PATH units) of the DLL that NAME means: in the system directory, unless NAME is a path; ".dll" is
 * added if there is no extension. FALSE: empty, or too long. */
BOOL more_path(const WCHAR *name, WCHAR *path);

/* ---- more_registry.c ---- */

/* Calls FN for each DLL that the registry names, in this order: Lsa, "Security Packages" (REG_MULTI_SZ); Lsa's
 * subkeys, Wine's way; SecurityProviders (REG_SZ, commas). Names that are opensspi's or Windows' own are
 * left out. */
void more_registered(void (*fn)(const WCHAR *name, enum more_kind kind));
/* Adds NAME to the value for KIND, for processes to come. */
SECURITY_STATUS more_register(const WCHAR *name, enum more_kind kind);

#endif
