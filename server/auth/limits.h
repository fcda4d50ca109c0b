/* limits: every bound of this folder in one place. The behaviour at each is tested. */
#ifndef AUTH_LIMITS_H
#define AUTH_LIMITS_H

enum {
    /* tokens */
    TOKEN_MAX_BYTES = 16 * 1024, /* longer: rule "size" */
    TOKEN_KID_MAX_BYTES = 128,   /* longer: rule "kid" */
    TOKEN_AUDIENCES_MAX = 64,    /* entries of `aud`; more: rule "aud" */
    TOKEN_LIFE_MAX_S = 86400,    /* exp - iat; longer: rule "exp". Revocations are kept this long */
    TOKEN_AHEAD_S = 30,          /* the issuer's clock may be ahead of ours so much: `iat`, `nbf` */
    LOGOUT_AGE_MAX_S = 3600,     /* a logout token is taken so long; its jti is kept longer */
    TOKEN_CLIENTS_MAX = 16,      /* allowed azp in the configuration */

    /* keys */
    JWKS_MAX_BYTES = 256 * 1024,
    JWKS_KEYS_MAX = 64, /* more: the set is refused, the old one stays */
    RSA_MIN_BITS = 2048,
    RSA_MAX_BITS = 8192,          /* above it a verify costs milliseconds */
    KEYS_REFRESH_S = 300,         /* scheduled refresh */
    KEYS_RETRY_MAX_S = 15,        /* longest pause between attempts while the issuer is away */
    KEYS_REFETCH_EVERY_MS = 3000, /* least time between two fetches, whatever unknown kids ask for */
    KEYS_STALE_S = 86400,         /* keys older than this are no longer trusted */

    /* auth */
    AUTH_REMEMBERED_MAX =
        16384, /* verified tokens, more than sockets; the least recently used one is forgotten */
    AUTH_REVOKED_MAX = 65536,    /* subjects; beyond, everybody's older tokens are refused: see revoked.h */
    AUTH_WAITERS_MAX = 4096,     /* tokens in auth_verify; beyond: "keys-unavailable" */
    AUTH_WAITING_MAX = 1024,     /* of them waiting for keys; beyond: the same */
    AUTH_WAIT_MS = 5000,         /* for keys, in auth_verify */
    AUTH_VERIFIES_PER_TURN = 16, /* 1 ms of signatures, 5 of forged ones, between two looks at the sockets */

    /* http */
    HTTP_IN_FLIGHT_MAX = 128,
    HTTP_CONNECTIONS_MAX = 16,
    HTTP_HEADERS_MAX_BYTES = 32 * 1024,
    HTTP_CONNECT_TIMEOUT_MS = 3000,

    /* keycloak */
    KEYCLOAK_OPERATIONS_MAX = 96,           /* registrations and sign-ins under way; beyond: unavailable */
    KEYCLOAK_ANSWER_MAX_BYTES = 128 * 1024, /* one user, one token answer */
    KEYCLOAK_REQUEST_MAX_BYTES = 16 * 1024,
    KEYCLOAK_EMAIL_MAX_BYTES = 255,
    KEYCLOAK_PASSWORD_MAX_BYTES = 1024,
    FOLLOW_PAGE = 100, /* admin events read at once */
    FOLLOW_PAGE_MAX_BYTES = 4 * 1024 * 1024,
    FOLLOW_PAGES_MAX = 10000,  /* in one pass: a million events */
    FOLLOW_OVERLAP_MS = 20000, /* events may become visible this late */
    FOLLOW_DEEP_MS = 120000,   /* now and then so late: clocks of Keycloak's nodes may differ so much */
    FOLLOW_DEEP_EVERY = 20,    /* passes */
    FOLLOW_SEEN_MAX = 16384,   /* events remembered for that */
    FOLLOW_RETRY_MS = 1000,    /* pause after a failed pass, if longer than the period */
};

#endif
