/* TSRequest and TSCredentials: what decodes encodes to something that decodes to the same. */
#include "fuzz.h"
#include "credssp/tscredentials.h"
#include "credssp/tsrequest.h"
#include "../unit/credssp_vectors.h"

static const char *list[40];
const char *const *fuzz_seeds = list;

void fuzz_prepare(void)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof spnego_requests / sizeof *spnego_requests; i++)
        list[n++] = spnego_requests[i].encoded;
    for (size_t i = 0; i < sizeof ntlm_requests / sizeof *ntlm_requests; i++)
        list[n++] = ntlm_requests[i].encoded;
    list[n++] = error_code_unsigned;
    list[n++] = error_code_signed;
    list[n++] = credentials_password;
    list[n++] = credentials_empty;
    list[n++] = credentials_smartcard;
    list[n++] = credentials_remote_guard;
    /* Named so that their recorded parts are used here as well: whole messages all the same. */
    (void)spnego_requests_key, (void)spnego_requests_nonce, (void)spnego_requests_client_binding;
    (void)spnego_requests_server_binding, (void)spnego_requests_credentials;
    (void)ntlm_requests_key, (void)ntlm_requests_nonce, (void)ntlm_requests_client_binding;
    (void)ntlm_requests_server_binding, (void)ntlm_requests_credentials;
    (void)credentials_smartcard_raw, (void)credentials_remote_guard_raw, (void)made_nonce;
    (void)made_key, (void)made_client_binding, (void)made_server_binding;
}

static void request(struct bytes in)
{
    struct tsrequest first, again;
    struct blob encoded = {0};
    size_t size = 0;

    if (tsrequest_size(in, &size) == ST_OK)
        FUZZ_HOLDS(size <= TSREQUEST_SIZE_MAX);
    if (tsrequest_decode(in, &first) != ST_OK)
        return;
    FUZZ_HOLDS(tsrequest_encode(&first, &encoded) == ST_OK);
    FUZZ_HOLDS(tsrequest_decode(blob_view(&encoded), &again) == ST_OK);
    FUZZ_HOLDS(first.version == again.version && first.error_code == again.error_code);
    FUZZ_HOLDS(bytes_equal(first.nego_token, again.nego_token));
    FUZZ_HOLDS(bytes_equal(first.auth_info, again.auth_info));
    FUZZ_HOLDS(bytes_equal(first.pub_key_auth, again.pub_key_auth));
    FUZZ_HOLDS(bytes_equal(first.client_nonce, again.client_nonce));
    blob_free(&encoded);
}

static bool same(const struct blob *a, const struct blob *b)
{
    return bytes_equal(blob_view(a), blob_view(b));
}

static enum status encode(const struct credssp_credentials *c, struct blob *out)
{
    return c->type == CREDSSP_CRED_SMARTCARD
                   ? tscredentials_encode_smartcard(c, out)
                   : tscredentials_encode_password(blob_view(&c->domain), blob_view(&c->user),
                             blob_view(&c->password), out);
}

static void credentials(struct bytes in)
{
    struct credssp_credentials first = {0}, again = {0};
    struct blob encoded = {0};

    if (tscredentials_decode(in, &first) != ST_OK)
        return;
    if (first.type != CREDSSP_CRED_REMOTE_GUARD) {
        FUZZ_HOLDS(encode(&first, &encoded) == ST_OK);
        FUZZ_HOLDS(tscredentials_decode(blob_view(&encoded), &again) == ST_OK);
        FUZZ_HOLDS(first.type == again.type && first.key_spec == again.key_spec);
        FUZZ_HOLDS(same(&first.domain, &again.domain) && same(&first.user, &again.user));
        FUZZ_HOLDS(same(&first.password, &again.password) && same(&first.card, &again.card));
        FUZZ_HOLDS(same(&first.reader, &again.reader) && same(&first.csp, &again.csp));
        FUZZ_HOLDS(same(&first.container, &again.container) && !first.raw.size);
    }
    blob_free(&encoded);
    credssp_credentials_free(&first);
    credssp_credentials_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    request(bytes_of(data, size));
    credentials(bytes_of(data, size));
    return 0;
}
