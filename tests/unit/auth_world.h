/* auth_world: auth on a loop with an issuer on the same one. All of it is the program's own, from `setup` to
 * `teardown`. */
#ifndef TESTS_UNIT_AUTH_WORLD_H
#define TESTS_UNIT_AUTH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "auth/auth.h"
#include "helper_issuer.h"

/* What the issuer answers now. */
struct issuer {
    char url[128], issuer[128];
    char *discovery, *key_set; /* whole HTTP answers; NULL: never */
    char *discovery_body;      /* what fills `discovery` when it is to be good */
    int discoveries, key_sets;
};

extern EVP_PKEY *old_key, *new_key;
extern struct loop *loop;
extern struct issuer_server *server;
extern struct issuer issuer;
extern struct auth *auth;
extern struct uuid subject; /* of every token */

int setup_keys(void **state);
int teardown_keys(void **state);
int setup(void **state);
int teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
void open_auth(const char *fetch_url);

/* Texts made here are malloc'd; set_answer takes them, of others the caller frees. */
void set_answer(char **slot, char *fresh);
char *discovery_of(const char *issuer_name, const char *jwks_uri);
char *key_set_of(EVP_PKEY *one, const char *kid_one, EVP_PKEY *two, const char *kid_two);
char *token_of(EVP_PKEY *key, const char *kid);

/* Runs the loop until it holds, a minute at the most; says whether it held. */
bool run_until(bool (*holds)(void));
void run_for(uint64_t ms);
bool ready(void);
bool failed_once(void); /* fetches */
bool failed_three_times(void);

/* Verifies under way: how many were answered, how many of them with TOKEN_GOOD, and the last one's rule. */
extern int answered, good, expected;
extern enum token_rule last_rule;
bool all_answered(void); /* all that are `expected` */
void verify(const char *token);
enum token_rule verify_one(const char *token);

#endif
