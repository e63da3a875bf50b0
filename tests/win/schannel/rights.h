/* A key of the registry that nobody may use, or everybody again. KEY: opened with WRITE_DAC. */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <windows.h>

static inline BOOL set_dacl(HKEY key, BOOL everybody)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL none;

    return InitializeAcl(&none, sizeof(none), ACL_REVISION) &&
           InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) &&
           SetSecurityDescriptorDacl(&descriptor, TRUE, everybody ? NULL : &none, FALSE) &&
           !RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, &descriptor);
}

#endif
