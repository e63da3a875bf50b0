/* errorCode: the NTSTATUS that a server may tell its client. [MS-CSSP] 2.2.1. The mapping of our
 * own status is public: credssp_error_of. */
#ifndef CREDSSP_ERRORCODE_H
#define CREDSSP_ERRORCODE_H

#include "base/bytes.h"

/* "STATUS_LOGON_FAILURE"; static storage; a phrase for codes not in the table. For logs. */
const char *errorcode_name(uint32_t code);

/* Whether a peer of this effective version (the lower of both) has the field. */
bool errorcode_allowed(uint32_t effective_version);

#endif
