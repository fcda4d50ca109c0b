/* secrets: one master key, one derived key per purpose (HMAC-SHA256(master, purpose)), so that a leak of one
 * use does not open another. Server seeds are derived, not stored: whoever holds both databases still cannot
 * know a seed before it is revealed, and a restored backup draws as before. */
#include "request/secrets.h"
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "base/hex.h"

static enum err parse_hex(const char *text, uint8_t ret_key[32])
{
    size_t count = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (isspace((unsigned char)*c))
            continue;
        int value = hex_digit((uint8_t)*c);
        if (value < 0 || count == 64)
            return ERR_CONFIG;
        ret_key[count / 2] = (uint8_t)(count % 2 == 0 ? value << 4 : ret_key[count / 2] | value);
        count++;
    }
    return count == 64 ? ERR_OK : ERR_CONFIG;
}

enum err secrets_read(struct secrets *secrets, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ERR_IO;
    char text[256] = {0};
    size_t size = fread(text, 1, sizeof text - 1, file);
    bool failed = ferror(file) != 0 || size == 0;
    fclose(file);
    uint8_t master[32] = {0};
    enum err err = failed ? ERR_IO : parse_hex(text, master);
    if (err == ERR_OK) {
        struct slice key = slice_of(master, sizeof master);
        struct hash seeds = hmac_sha256(key, slice_text("gachapon server seeds 1"));
        struct hash digests = hmac_sha256(key, slice_text("gachapon command digests 1"));
        hmac_key_init(&secrets->seeds, slice_of(seeds.bytes, sizeof seeds.bytes));
        memcpy(secrets->digests, digests.bytes, sizeof secrets->digests);
        sodium_memzero(&seeds, sizeof seeds);
        sodium_memzero(&digests, sizeof digests);
    }
    sodium_memzero(master, sizeof master);
    sodium_memzero(text, sizeof text);
    return err;
}

void secrets_release(struct secrets *secrets)
{
    sodium_memzero(secrets, sizeof *secrets);
}

struct hash secrets_seed(const struct secrets *secrets, struct uuid player, uint32_t number)
{
    uint8_t message[20];
    memcpy(message, player.bytes, 16);
    for (int i = 0; i < 4; i++)
        message[16 + i] = (uint8_t)(number >> (24 - 8 * i));
    return hmac_key_sign(&secrets->seeds, slice_of(message, sizeof message));
}

void secrets_digest(const struct secrets *secrets, struct uuid sender, uint32_t type, struct slice content,
                    uint8_t ret_digest[16])
{
    crypto_generichash_state state;
    uint8_t head[20];
    memcpy(head, sender.bytes, 16);
    for (int i = 0; i < 4; i++)
        head[16 + i] = (uint8_t)(type >> (24 - 8 * i));
    crypto_generichash_init(&state, secrets->digests, sizeof secrets->digests, 16);
    crypto_generichash_update(&state, head, sizeof head);
    crypto_generichash_update(&state, content.data, content.size);
    crypto_generichash_final(&state, ret_digest, 16);
}
