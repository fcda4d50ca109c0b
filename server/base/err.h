/* err: failures - the world let us down. 0 is success. Rejections (the domain says no) are values of the
 * protocol, see enum error_code; bugs abort, see check.h. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

#define ERR_TABLE(X)                                                                                         \
    X(ERR_NOMEM, "out of memory or over an arena's bound")                                                   \
    X(ERR_FULL, "a queue or pool is at its bound")                                                           \
    X(ERR_MALFORMED, "bytes that do not parse")                                                              \
    X(ERR_TOO_LARGE, "over a limit")                                                                         \
    X(ERR_NOT_FOUND, "no such thing")                                                                        \
    X(ERR_AWAY, "the other side cannot be reached")                                                          \
    X(ERR_LOST, "the connection was lost with the outcome unknown")                                          \
    X(ERR_TIMEOUT, "not within the deadline")                                                                \
    X(ERR_CONFLICT, "someone else wrote in between")                                                         \
    X(ERR_REFUSED, "the other side said no")                                                                 \
    X(ERR_CONFIG, "a setting is missing or wrong")                                                           \
    X(ERR_IO, "a file or socket failed")                                                                     \
    X(ERR_INTEGRITY, "stored data is not what it must be")

enum err {
    ERR_OK = 0,
#define X(name, text) name,
    ERR_TABLE(X)
#undef X
};

/* The name and a sentence for people; static memory. */
const char *err_name(enum err err);
const char *err_text(enum err err);

#endif
