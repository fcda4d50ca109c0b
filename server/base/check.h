/* check: bugs abort, in every build, with where and what. Never for input: input gets an error. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Aborts with file, line and `expression` when it does not hold. */
#define check(expression)                                                                                    \
    do {                                                                                                     \
        if (__builtin_expect(!(expression), 0))                                                              \
            check_failed(__FILE__, __LINE__, #expression);                                                   \
    } while (0)

/* Long-lived structs carry `uint32_t magic`; whatever comes back through a void * is checked. */
#define check_magic(object, value) check((object) != NULL && (object)->magic == (value))

__attribute__((noreturn)) void check_failed(const char *file, int line, const char *expression);

#endif
