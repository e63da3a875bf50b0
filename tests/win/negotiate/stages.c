/* NEGOTIATION_INFO, PACKAGE_INFO, NEGO_STATUS and NEGO_PKG_INFO at each stage; all else is the inner
 * package's. "SecPkgContext_NegotiationInfo structure"; the values are sspi.h's: COMPLETE 0, OPTIMISTIC
 * 1, IN_PROGRESS 2, DIRECT 3. */
#include "fake.h"

static struct end client, server;

static void open_both(const WCHAR *client_list, const WCHAR *server_list)
{
    ok(end_acquire(&client, FALSE, client_list) == SEC_E_OK, "client\n");
    ok(end_acquire(&server, TRUE, server_list) == SEC_E_OK, "server\n");
}

static void close_both(void)
{
    end_close(&client);
    end_close(&server);
}

/* Three tokens of Kerberos (as DCE style has it). */
static void test_in_spnego(void)
{
    fakes_reset();
    fakes[KERBEROS].legs = 3;
    open_both(NULL, NULL);
    end_leg(&client, NULL, 0, sizeof(client.token));
    ok(!strcmp(stage_of(&client), "Kerberos 1"), "%s\n", stage_of(&client));
    end_leg(&server, &client, 0, sizeof(server.token));
    ok(!strcmp(stage_of(&server), "Kerberos 2"), "%s\n", stage_of(&server));
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(!strcmp(stage_of(&client), "Kerberos 2"), "%s\n", stage_of(&client));
    end_leg(&server, &client, 0, sizeof(server.token));
    ok(!strcmp(stage_of(&server), "Kerberos 0"), "%s\n", stage_of(&server));
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(!strcmp(stage_of(&client), "Kerberos 0"), "%s\n", stage_of(&client));
    ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%08lx %08lx\n", client.status,
            server.status);
    close_both();
}

static void test_direct(void)
{
    fakes_reset();
    open_both(L"ntlm", NULL);
    end_leg(&client, NULL, 0, sizeof(client.token));
    ok(!strcmp(stage_of(&client), "NTLM 3"), "%s\n", stage_of(&client));
    end_leg(&server, &client, 0, sizeof(server.token));
    ok(!strcmp(stage_of(&server), "NTLM 3"), "%s\n", stage_of(&server));
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(!strcmp(stage_of(&client), "NTLM 0"), "%s\n", stage_of(&client));
    ok(package_mask(&client) == SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS, "%lx\n",
            package_mask(&client));
    ok(!package_mask(&server), "%lx\n", package_mask(&server));
    close_both();

    fakes_reset();
    open_both(L"kerberos", L"!kerberos");
    end_leg(&client, NULL, 0, sizeof(client.token));
    ok(package_mask(&client) == SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM, "%lx\n", package_mask(&client));
    end_leg(&server, &client, 0, sizeof(server.token)); /* nothing in common */
    ok(server.status == SEC_E_INVALID_TOKEN, "%08lx\n", server.status);
    close_both();
}

/* A server that speaks first has chosen nothing yet; there is no package to ask. */
static void test_server_first(void)
{
    SecPkgContext_Sizes sizes;

    fakes_reset();
    open_both(NULL, NULL);
    end_leg(&server, NULL, 0, sizeof(server.token));
    ok(server.status == SEC_I_CONTINUE_NEEDED, "%08lx\n", server.status);
    ok(!strcmp(stage_of(&server), "80090301"), "%s\n", stage_of(&server));
    ok(!last_status(&server) && !package_mask(&server), "%08lx\n", last_status(&server));
    ok(nego->QueryContextAttributesW(&server.context, SECPKG_ATTR_SIZES, &sizes) ==
                    SEC_E_INVALID_HANDLE,
            "sizes\n");
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(!strcmp(stage_of(&client), "Kerberos 1"), "%s\n", stage_of(&client));
    end_leg(&server, &client, 0, sizeof(server.token));
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(client.status == SEC_E_OK && server.status == SEC_E_OK, "%08lx %08lx\n", client.status,
            server.status);
    close_both();
}

/* A server asks the package about the user when all is done (here it would say SEC_E_UNSUPPORTED_FUNCTION), a
 * client whenever it likes, and so do both about what is no secret. */
static void check_user(struct end *e, SECURITY_STATUS want)
{
    static const ULONG attributes[] = {SECPKG_ATTR_NAMES, SECPKG_ATTR_NATIVE_NAMES, SECPKG_ATTR_SESSION_KEY,
            SECPKG_ATTR_ACCESS_TOKEN, SECPKG_ATTR_USER_FLAGS, SECPKG_ATTR_AUTHORITY, SECPKG_ATTR_PASSWORD_EXPIRY,
            SECPKG_ATTR_KEY_INFO, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET};
    SecPkgContext_Sizes sizes;
    void *buffer[4];

    for (int i = 0; i < ARRAY_SIZE(attributes); i++) {
        SECURITY_STATUS status = nego->QueryContextAttributesW(&e->context, attributes[i], buffer);
        ok(status == want, "%lx: %08lx\n", attributes[i], status);
    }
    ok(nego->QueryContextAttributesW(&e->context, SECPKG_ATTR_SIZES, &sizes) == SEC_E_OK, "sizes\n");
}

static void test_user(void)
{
    fakes_reset();
    fakes[KERBEROS].legs = 3;
    open_both(NULL, NULL);
    end_leg(&client, NULL, 0, sizeof(client.token));
    check_user(&client, SEC_E_UNSUPPORTED_FUNCTION);
    end_leg(&server, &client, 0, sizeof(server.token));
    check_user(&server, SEC_E_INVALID_HANDLE);
    end_leg(&client, &server, 0, sizeof(client.token));
    check_user(&client, SEC_E_UNSUPPORTED_FUNCTION);
    end_leg(&server, &client, 0, sizeof(server.token));
    ok(server.status == SEC_E_OK, "%08lx\n", server.status);
    check_user(&server, SEC_E_UNSUPPORTED_FUNCTION);
    close_both();
}

/* The numbers are the package's, not one and the same. */
static void test_inner(void)
{
    static const WCHAR *const lists[] = {L"kerberos", L"ntlm"};
    SecPkgContext_Sizes sizes;
    SecPkgContext_Lifespan life;
    SecPkgContext_NamesW names;
    SECURITY_STATUS status;

    for (int i = 0; i < PACKAGES; i++) {
        fakes_reset();
        open_both(lists[i], NULL);
        ends_run(&client, &server, 0);
        status = nego->QueryContextAttributesW(&client.context, SECPKG_ATTR_SIZES, &sizes);
        ok(status == SEC_E_OK && sizes.cbMaxToken == 1000 + i && sizes.cbSecurityTrailer == 20 + i,
                "%08lx, %lu, %lu\n", status, sizes.cbMaxToken, sizes.cbSecurityTrailer);
        status = nego->QueryContextAttributesW(&server.context, SECPKG_ATTR_LIFESPAN, &life);
        ok(status == SEC_E_OK && life.tsExpiry.QuadPart == fakes[i].expiry, "%08lx\n", status);
        status = nego->QueryContextAttributesW(&server.context, SECPKG_ATTR_NAMES, &names);
        ok(status == SEC_E_UNSUPPORTED_FUNCTION, "%08lx\n", status);
        close_both();
    }
}

/* A credential is good for as long as its longest-lived mechanism's (docs/interop.md, (?)), whichever
 * that is; one that was not given has no say. */
static void test_credential_expiry(void)
{
    static const LONGLONG early = 0x01DC999900000000, late = 0x01DE777700000000;
    static const struct {
        LONGLONG kerberos, ntlm;
        SECURITY_STATUS refused; /* what Kerberos says */
        LONGLONG want;
    } cases[] = {
            {early, late, SEC_E_OK, late},
            {late, early, SEC_E_OK, late},
            {late, early, SEC_E_NO_CREDENTIALS, early},
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        fakes_reset();
        fakes[KERBEROS].acquire = cases[i].refused;
        fakes[KERBEROS].acquired_until = cases[i].kerberos;
        fakes[NTLM].acquired_until = cases[i].ntlm;
        open_both(NULL, NULL);
        ok(client.expiry.QuadPart == cases[i].want && server.expiry.QuadPart == cases[i].want,
                "%d: %llx, %llx\n", i, client.expiry.QuadPart, server.expiry.QuadPart);
        close_both();
    }
}

/* After a failure nobody hears anything of the package, but why. */
static void test_failed(void)
{
    SecPkgContext_Sizes sizes;

    fakes_reset();
    open_both(NULL, NULL);
    end_leg(&client, NULL, 0, sizeof(client.token));
    end_leg(&server, &client, 0, sizeof(server.token));
    server.token[server.size - 1] ^= 1;
    end_leg(&client, &server, 0, sizeof(client.token));
    ok(client.status == SEC_E_INVALID_TOKEN, "%08lx\n", client.status);
    ok(last_status(&client) == SEC_E_INVALID_TOKEN, "%08lx\n", last_status(&client));
    ok(nego->QueryContextAttributesW(&client.context, SECPKG_ATTR_SIZES, &sizes) ==
                    SEC_E_INVALID_HANDLE,
            "sizes\n");
    ok(!strcmp(stage_of(&client), "Kerberos 2"), "%s\n", stage_of(&client));
    close_both();
}

START_TEST(stages)
{
    test_in_spnego();
    test_direct();
    test_server_first();
    test_user();
    test_inner();
    test_credential_expiry();
    test_failed();
}
