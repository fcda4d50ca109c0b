/* moment: "2026-11-23T14:03:05.25+01:00" or "81734", read strictly.
 *
 * The problem: an operator pastes a time out of a log, a ticket or a player's mail, and is answered from
 * money that was or was not there at that moment. So nothing is guessed: a time has a zone, a day exists in
 * its month, and whatever is left over behind a valid beginning refuses the whole. Digits behind the sixth of
 * a second are refused too; the log has microseconds. */
#include "tools/moment.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool take_digits(const char **text, int count, int *ret_number)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (c - '0');
    }
    *text += count;
    *ret_number = number;
    return true;
}

static bool take(const char **text, const char *any_of)
{
    if (**text == '\0' || strchr(any_of, **text) == NULL)
        return false;
    (*text)++;
    return true;
}

/* .25 and the like; none is good. */
static bool take_fraction(const char **text, int *ret_us)
{
    int us = 0, digits = 0;
    if (!take(text, ".")) {
        *ret_us = 0;
        return true;
    }
    for (int digit; digits < 6 && take_digits(text, 1, &digit); digits++)
        us = us * 10 + digit;
    if (digits == 0)
        return false;
    for (; digits < 6; digits++)
        us *= 10;
    *ret_us = us;
    return true;
}

static bool take_zone(const char **text, int *ret_seconds)
{
    int hours, minutes, sign = **text == '-' ? -1 : 1;
    *ret_seconds = 0;
    if (take(text, "Zz"))
        return true;
    if (!take(text, "+-") || !take_digits(text, 2, &hours) || !take(text, ":") ||
        !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool parse_time(const char *text, int64_t *ret_us)
{
    int year, month, day, hour, minute, second, us, zone;
    if (!take_digits(&text, 4, &year) || !take(&text, "-") || !take_digits(&text, 2, &month) ||
        !take(&text, "-") || !take_digits(&text, 2, &day) || !take(&text, "Tt ") ||
        !take_digits(&text, 2, &hour) || !take(&text, ":") || !take_digits(&text, 2, &minute) ||
        !take(&text, ":") || !take_digits(&text, 2, &second) || !take_fraction(&text, &us) ||
        !take_zone(&text, &zone) || *text != '\0')
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    time_t midnight = timegm(&tm);
    if (tm.tm_year != year - 1900 || tm.tm_mon != month - 1 || tm.tm_mday != day)
        return false; /* the 31st of a month that has 30 */
    *ret_us = ((int64_t)midnight + hour * 3600 + minute * 60 + second - zone) * 1000000 + us;
    return true;
}

static bool parse_position(const char *text, uint64_t *ret_position)
{
    uint64_t position = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        position = position * 10 + (uint64_t)(text[i] - '0');
    *ret_position = position;
    return true;
}

bool moment_parse(const char *text, struct moment *ret_moment)
{
    struct moment moment = {0};
    if (!parse_position(text, &moment.position)) {
        moment.is_time = true;
        if (!parse_time(text, &moment.time_us))
            return false;
    }
    *ret_moment = moment;
    return true;
}

char *moment_format(int64_t time_us, char text[MOMENT_TEXT_SIZE])
{
    int64_t seconds = time_us / 1000000, us = time_us % 1000000;
    if (us < 0) {
        us += 1000000;
        seconds--;
    }
    time_t when = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&when, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099)
        snprintf(text, MOMENT_TEXT_SIZE, "%" PRId64, time_us); /* no four-digit year */
    else
        snprintf(text, MOMENT_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
                 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
                 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
                 (unsigned)tm.tm_sec % 100, (unsigned)us % 1000000);
    return text;
}
