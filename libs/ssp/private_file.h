/* Files that hold secrets: whose they are, who else can get at them. */
#ifndef SSP_PRIVATE_FILE_H
#define SSP_PRIVATE_FILE_H

#include <windows.h>

/* Rights that nobody else may have. Whoever can write an account file makes himself an account. */
enum {
    PRIVATE_WRITING = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE |
                      GENERIC_WRITE | GENERIC_ALL | WRITE_DAC | WRITE_OWNER,
    PRIVATE_USING = PRIVATE_WRITING | FILE_READ_DATA | GENERIC_READ,
};

/* Does FILE (opened with READ_CONTROL; a folder as well) belong to this user, the system or
 * administrators, and has nobody else any of ACCESS? FALSE also if that cannot be told. */
BOOL private_file(HANDLE file, DWORD access);

/* For a new file: this user alone. LocalFree; NULL: it cannot be made. */
PSECURITY_DESCRIPTOR private_descriptor(void);

#endif
