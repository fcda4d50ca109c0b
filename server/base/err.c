/* err: the names and sentences of failures, from the table in err.h. */
#include "base/err.h"

const char *err_name(enum err err)
{
    switch (err) {
    case ERR_OK:
        return "ok";
#define X(name, text)                                                                                        \
    case name:                                                                                               \
        return #name;
        ERR_TABLE(X)
#undef X
    }
    return "ERR_?";
}

const char *err_text(enum err err)
{
    switch (err) {
    case ERR_OK:
        return "success";
#define X(name, text)                                                                                        \
    case name:                                                                                               \
        return text;
        ERR_TABLE(X)
#undef X
    }
    return "an unknown failure";
}
