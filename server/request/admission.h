/* admission: how many commands are taken in before the rest hears `overloaded`. Pure: time comes in. */
#ifndef REQUEST_ADMISSION_H
#define REQUEST_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

struct admission {
    uint32_t queue_ms;    /* nobody is let in who would wait longer than this */
    uint32_t least, most; /* so many are always let in; never more than so many */
    uint32_t inside;      /* let in and not answered */
    uint32_t lowest;      /* `inside` since the last look: was there always somebody waiting? */
    uint32_t answered;    /* since the last look */
    uint64_t looked_ms;   /* the last look; 0: none yet */
    double rate;          /* answers a millisecond, while there was a queue; 0: not known yet */
    uint32_t spread;      /* so that those refused together do not come back together */
};

void admission_init(struct admission *admission, uint32_t queue_ms, uint32_t least, uint32_t most);
/* Lets one in, or says no: *ret_retry_ms is then when to come back. */
bool admission_enter(struct admission *admission, uint32_t *ret_retry_ms);
/* One that was let in has been answered. */
void admission_leave(struct admission *admission);
/* Measures; to be called every 50 to 1000 ms. */
void admission_look(struct admission *admission, uint64_t now_ms);
/* How many may be inside now. */
uint32_t admission_bound(const struct admission *admission);
/* When a refused one shall come back. */
uint32_t admission_retry_ms(struct admission *admission);

#endif
