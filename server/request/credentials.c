/* credentials: the first look at what a form sends.
 *
 * The problem: an address with a typing error or a password that everybody tries first should be refused at
 * once and without a request to Keycloak, whose answer costs a round trip and, for a password, a tenth of a
 * second of hashing. What a realm demands besides (length, digits, a list of known passwords) is its own
 * policy and is not repeated here: Keycloak's words about it are passed on.
 *
 * Nothing here keeps, logs or compares what it is given. When you add a rule: it must be one that no realm
 * could want otherwise. */
#include "request/credentials.h"
#include <string.h>

bool credentials_email_plausible(struct slice email)
{
    const uint8_t *at = memchr(email.data, '@', email.size);
    if (at == NULL || at == email.data)
        return false;
    struct slice domain = slice_of(at + 1, (size_t)(email.data + email.size - at - 1));
    if (domain.size < 3 || memchr(domain.data, '@', domain.size) != NULL)
        return false;
    const uint8_t *dot = memchr(domain.data, '.', domain.size);
    if (dot == NULL || dot == domain.data || domain.data[domain.size - 1] == '.')
        return false;
    for (size_t i = 0; i < email.size; i++)
        if (email.data[i] <= 0x20 || email.data[i] >= 0x7f || strchr("\"'<>(),;:\\[]", email.data[i]) != NULL)
            return false;
    return true;
}

bool credentials_password_weak(struct slice password)
{
    bool seen[256] = {false};
    int different = 0;
    bool run = true;
    for (size_t i = 0; i < password.size; i++) {
        different += !seen[password.data[i]];
        seen[password.data[i]] = true;
        int step = i == 0 ? 1 : password.data[i] - password.data[i - 1];
        run = run && (step == 1 || step == -1 || step == 9 || step == -9); /* 9 and -9: 890 and 098 */
    }
    return different < 5 || run;
}
