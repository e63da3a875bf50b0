/* use_srtp (RFC 5764 4.1.1): which protection profile the media streams beside this session use. */
#include "internal.h"

enum { GNUTLS_PROFILES_MAX = 4 }; /* a fifth would take the place of the fourth */

static size_t set_profiles(struct tls_session *s, const uint16_t *profiles, size_t count)
{
    size_t set = 0;
    for (size_t i = 0; i < count && set < GNUTLS_PROFILES_MAX; i++) {
        gnutls_srtp_profile_t profile = (gnutls_srtp_profile_t)profiles[i];
        if (gnutls_srtp_get_profile_name(profile) &&
                gnutls_srtp_set_profile(s->gnutls, profile) >= 0)
            set++;
    }
    return set;
}

enum status tls_session_set_srtp(
        struct tls_session *s, const uint16_t *profiles, size_t count, struct bytes mki)
{
    gnutls_datum_t id = {(unsigned char *)(uintptr_t)mki.data, (unsigned)mki.size};
    if (session_state(s) != STATE_FRESH)
        return ST_BAD_STATE;
    if (!s->datagram)
        return ST_UNSUPPORTED;
    if (!count || count > TLS_SRTP_PROFILES_MAX || mki.size > UINT8_MAX)
        return ST_BAD_ARGUMENT;
    if (!set_profiles(s, profiles, count))
        return ST_NO_COMMON_ALGORITHM;
    if (!mki.size)
        return ST_OK;
    if (gnutls_srtp_set_mki(s->gnutls, &id) < 0)
        return ST_NO_MEMORY;
    return blob_set(&s->mki, mki);
}

static struct bytes received_mki(struct tls_session *s)
{
    gnutls_datum_t id = {0};
    if (gnutls_srtp_get_mki(s->gnutls, &id) < 0)
        return bytes_of(NULL, 0);
    return bytes_of(id.data, id.size);
}

bool srtp_agrees(struct tls_session *s)
{
    struct bytes mki = received_mki(s);
    return s->config->role == TLS_SERVER || !mki.size || bytes_equal(mki, blob_view(&s->mki));
}

enum status tls_srtp(struct tls_session *s, uint16_t *profile, struct bytes *mki)
{
    gnutls_srtp_profile_t chosen;
    enum status status = session_allows(s, OP_QUERY);
    *profile = 0;
    *mki = bytes_of(NULL, 0);
    if (status || gnutls_srtp_get_selected_profile(s->gnutls, &chosen) < 0)
        return status;
    *profile = (uint16_t)chosen;
    *mki = received_mki(s);
    return ST_OK;
}
