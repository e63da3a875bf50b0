/* One sealed message from one context to the other, which has to be able to read it. */
#ifndef MSV1_0_SEALED_H
#define MSV1_0_SEALED_H

#include "../sspi_test.h"

static void say(CtxtHandle *from, CtxtHandle *to)
{
    char text[] = "one after the other";
    BYTE signature[16];
    SecBuffer b[] = {
            {sizeof(signature), SECBUFFER_TOKEN, signature}, {sizeof(text), SECBUFFER_DATA, text}};
    SecBufferDesc m = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status = EncryptMessage(from, 0, &m, 0);

    ok(status == SEC_E_OK, "EncryptMessage %08lx\n", status);
    ok(strcmp(text, "one after the other"), "not encrypted\n");
    status = DecryptMessage(to, &m, 0, NULL);
    ok(status == SEC_E_OK, "DecryptMessage %08lx\n", status);
    ok(!strcmp(text, "one after the other"), "not decrypted\n");
}

#endif
