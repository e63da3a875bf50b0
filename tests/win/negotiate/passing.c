/* Every function of a context and a credential reaches the package that was chosen, and no other;
 * Export and Import included. */
#include "fake.h"

static struct end client, server;

static void open_both(const WCHAR *list)
{
    fakes_reset();
    ok(end_acquire(&client, FALSE, list) == SEC_E_OK, "client\n");
    ok(end_acquire(&server, TRUE, NULL) == SEC_E_OK, "server\n");
}

static void close_both(void)
{
    end_close(&client);
    end_close(&server);
    for (int i = 0; i < PACKAGES; i++)
        ok(fakes[i].opened == fakes[i].deleted, "%d: %d, %d\n", i, fakes[i].opened, fakes[i].deleted);
}

static SECURITY_STATUS call(CtxtHandle *c, int what)
{
    BYTE text[4] = "abc", room[16];
    SecBuffer b[] = {{4, SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, room}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, b};
    HANDLE token;

    switch (what) {
    case C_COMPLETE:
        return nego->CompleteAuthToken(c, &message);
    case C_CONTROL:
        return nego->ApplyControlToken(c, &message);
    case C_SIGN:
        return nego->MakeSignature(c, 0, &message, 0);
    case C_VERIFY:
        return nego->VerifySignature(c, &message, 0, NULL);
    case C_ENCRYPT:
        return nego->EncryptMessage(c, 0, &message, 0);
    case C_DECRYPT:
        return nego->DecryptMessage(c, &message, 0, NULL);
    case C_IMPERSONATE:
        return nego->ImpersonateSecurityContext(c);
    case C_REVERT:
        return nego->RevertSecurityContext(c);
    case C_TOKEN:
        return nego->QuerySecurityContextToken(c, &token);
    default:
        return nego->SetContextAttributesW(c, SECPKG_ATTR_TARGET, text, sizeof(text));
    }
}

static void test_context(void)
{
    static const WCHAR *const lists[] = {L"kerberos", L"ntlm"};
    static const int calls[] = {C_COMPLETE, C_CONTROL, C_SIGN, C_VERIFY, C_ENCRYPT, C_DECRYPT,
            C_IMPERSONATE, C_REVERT, C_TOKEN, C_SET};

    for (int i = 0; i < PACKAGES; i++) {
        open_both(lists[i]);
        end_leg(&server, NULL, 0, sizeof(server.token)); /* begun, and nothing chosen */
        for (int k = 0; k < ARRAY_SIZE(calls); k++)
            ok(call(&server.context, calls[k]) == SEC_E_INVALID_HANDLE, "%d before\n", calls[k]);
        end_leg(&client, &server, ISC_REQ_INTEGRITY, sizeof(client.token));
        for (int n = 0; n < 4 && server.status == SEC_I_CONTINUE_NEEDED; n++) {
            end_leg(&server, &client, 0, sizeof(server.token));
            end_leg(&client, &server, ISC_REQ_INTEGRITY, sizeof(client.token));
        }
        ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%d: %08lx %08lx\n", i,
                client.status, server.status);
        for (int k = 0; k < ARRAY_SIZE(calls); k++) {
            int before = fakes[i].calls[calls[k]], other = fakes[1 - i].calls[calls[k]];
            SECURITY_STATUS status = call(&client.context, calls[k]);

            ok(status == (calls[k] == C_VERIFY ? SEC_E_MESSAGE_ALTERED : SEC_E_OK), "%d: %08lx\n",
                    calls[k], status);
            ok(fakes[i].calls[calls[k]] == before + 1 && fakes[1 - i].calls[calls[k]] == other,
                    "%d did not get there\n", calls[k]);
        }
        close_both();
    }
}

static void test_credential(void)
{
    SecPkgCredentials_NamesW names = {(WCHAR *)STALE};
    SECURITY_STATUS status;
    ULONG value = 1;

    open_both(NULL);
    status = nego->QueryCredentialsAttributesW(&client.credential, SECPKG_CRED_ATTR_NAMES, &names);
    ok(status == SEC_E_OK && !names.sUserName, "%08lx\n", status); /* NTLM's, Kerberos has none */
    ok(fakes[KERBEROS].calls[C_QUERY_CRED] == 1 && fakes[NTLM].calls[C_QUERY_CRED] == 1, "asked\n");
    status = nego->SetCredentialsAttributesW(
            &client.credential, SECPKG_CRED_ATTR_NAMES, &value, sizeof(value));
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(fakes[KERBEROS].calls[C_SET_CRED] == 1 && fakes[NTLM].calls[C_SET_CRED] == 1, "told\n");
    close_both();
}

/* CONTEXT's place is taken by what its export gives. */
static void move(struct end *e, ULONG flags)
{
    SecBuffer packed = {0, SECBUFFER_EMPTY, NULL};
    CtxtHandle made = {STALE, STALE};
    SECURITY_STATUS status = nego->ExportSecurityContext(&e->context, flags, &packed, NULL);

    ok(status == SEC_E_OK && packed.cbBuffer, "export %08lx\n", status);
    status = nego->ImportSecurityContextW((WCHAR *)L"Negotiate", &packed, NULL, &made);
    ok(status == SEC_E_OK, "import %08lx\n", status);
    for (ULONG size = 0; size < packed.cbBuffer; size++) {
        SecBuffer cut = {size, SECBUFFER_EMPTY, packed.pvBuffer};
        CtxtHandle none;

        status = nego->ImportSecurityContextW((WCHAR *)L"Negotiate", &cut, NULL, &none);
        ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%lu bytes: %08lx\n", size, status);
    }
    for (ULONG i = 0; i < 16; i++) { /* the name, and which mechanism */
        CtxtHandle none;

        ((BYTE *)packed.pvBuffer)[i] ^= 0x40;
        status = nego->ImportSecurityContextW((WCHAR *)L"Negotiate", &packed, NULL, &none);
        ok(status == SEC_E_UNKNOWN_CREDENTIALS, "byte %lu: %08lx\n", i, status);
        ((BYTE *)packed.pvBuffer)[i] ^= 0x40;
    }
    nego->FreeContextBuffer(packed.pvBuffer);
    status = nego->DeleteSecurityContext(&e->context);
    ok(status == (flags & SECPKG_CONTEXT_EXPORT_DELETE_OLD ? SEC_E_INVALID_HANDLE : SEC_E_OK),
            "delete %08lx\n", status);
    e->context = made;
}

static void talk(void)
{
    BYTE text[4] = "abc", room[16];
    SecBuffer b[] = {{4, SECBUFFER_DATA, text}, {16, SECBUFFER_TOKEN, room}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status = nego->MakeSignature(&client.context, 0, &message, 0);

    ok(status == SEC_E_OK, "sign %08lx\n", status);
    status = nego->VerifySignature(&server.context, &message, 0, NULL);
    ok(status == SEC_E_OK, "verify %08lx\n", status);
}

static void test_transfer(void)
{
    static const WCHAR *const lists[] = {L"kerberos", L"ntlm"};
    static const char *const names[] = {"Kerberos 0", "NTLM 0"};
    SecBuffer packed;
    SECURITY_STATUS status;

    for (int i = 0; i < PACKAGES; i++) {
        open_both(lists[i]);
        end_leg(&client, NULL, ISC_REQ_INTEGRITY, sizeof(client.token));
        status = nego->ExportSecurityContext(&client.context, 0, &packed, NULL);
        ok(status == SEC_E_INVALID_HANDLE, "before the end: %08lx\n", status);
        end_leg(&server, &client, 0, sizeof(server.token));
        end_leg(&client, &server, ISC_REQ_INTEGRITY, sizeof(client.token));
        if (server.status == SEC_I_CONTINUE_NEEDED)
            end_leg(&server, &client, 0, sizeof(server.token));
        talk();
        move(&client, 0);
        move(&server, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
        talk();
        move(&server, 0);
        move(&client, SECPKG_CONTEXT_EXPORT_DELETE_OLD);
        talk();
        ok(!strcmp(stage_of(&client), names[i]) && !strcmp(stage_of(&server), names[i]), "%s %s\n",
                stage_of(&client), stage_of(&server));
        status = nego->ExportSecurityContext(
                &client.context, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &packed, NULL);
        ok(status == SEC_E_UNSUPPORTED_FUNCTION, "to the kernel: %08lx\n", status);
        end_leg(&client, &server, 0, sizeof(client.token));
        ok(client.status == SEC_E_OUT_OF_SEQUENCE, "a leg of an imported one: %08lx\n", client.status);
        close_both();
    }
}

START_TEST(passing)
{
    test_context();
    test_credential();
    test_transfer();
}
