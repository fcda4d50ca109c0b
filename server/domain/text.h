/* text: what names and client seeds may look like. Pure; slices are borrowed. */
#ifndef DOMAIN_TEXT_H
#define DOMAIN_TEXT_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/uuid.h"

#define TEXT_NAME_MAX_BYTES 40
#define TEXT_DISPLAY_NAME_MIN_BYTES 2
#define TEXT_CLIENT_SEED_MAX_BYTES 64

/* A text of the schema that a state keeps: inline, so that replacing it for years costs no memory. */
struct short_text {
    uint8_t size; /* bytes */
    uint8_t bytes[64];
};

/* Copies `text`, which the schema bounds to 64 bytes (more aborts). Absent is empty. */
void short_text_set(struct short_text *target, struct slice text);
/* Borrowed from `text`, absent never. */
struct slice short_text_slice(const struct short_text *text);

/* 2 to 40 bytes of valid UTF-8: letters, digits, space and .-_' of ASCII, anything visible beyond it; no
 * space at the ends or doubled; nothing invisible, no control or direction characters. */
bool text_display_name_valid(struct slice name);
/* 1 to 40 bytes of valid UTF-8 with something to see in it; no control or direction characters. */
bool text_team_name_valid(struct slice name);
/* 1 to 64 printable ASCII characters without a colon (the colon ends the seed in a draw's message). */
bool text_client_seed_valid(struct slice seed);

/* A valid display name as near to `wish` as the rules allow (of an e-mail address only what is before the @);
 * when nothing is left, "Player-" and eight digits of the id. In `arena`; absent when that is full. */
struct slice text_display_name_from(struct arena *arena, struct slice wish, struct uuid player);

#endif
