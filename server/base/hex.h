/* hex: one digit, for those who read hex in text of their own shape. Pure. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdint.h>

/* 0 to 15, of either case; -1: no hex digit. */
static inline int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

#endif
