/* address: peers' addresses, the networks of trusted proxies, and who is behind one. Pure values. */
#ifndef SOCKET_ADDRESS_H
#define SOCKET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/slice.h"
#include "base/uuid.h"

/* An IPv6 address, or an IPv4 one mapped into it (::ffff:a.b.c.d). */
struct address {
    uint8_t bytes[16];
};

#define ADDRESS_TEXT_SIZE INET6_ADDRSTRLEN

struct address address_of(const struct sockaddr_storage *sockaddr); /* all zero for other families */
/* Parses "1.2.3.4", "1.2.3.4:80", "::1", "[::1]:80"; false (ret untouched) for anything else. */
bool address_parse(struct slice text, struct address *ret_address);
/* Writes it as people do (IPv4 without the mapping), returns `text`. */
char *address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);
bool address_is_loopback(const struct address *address);
/* What connections are counted by: the address, of IPv6 the /64, as one customer has at least that. */
struct uuid address_key(const struct address *address);

struct network {
    struct address address;
    unsigned prefix; /* bits, 0 to 128 */
};

#define NETWORKS_MAX 16

struct networks {
    struct network items[NETWORKS_MAX];
    unsigned count;
};

/* Parses a comma separated list of CIDRs ("10.0.0.0/8, ::1"); NULL or "" is none. ERR_CONFIG for anything
 * else. */
MUST_CHECK enum err networks_parse(const char *text, struct networks *ret_networks);
bool networks_contain(const struct networks *networks, const struct address *address);

/* Cuts the last comma separated entry off `list`, the value of an X-Forwarded header, and returns it without
 * blanks: the hop next to us wrote it. */
struct slice address_last_entry(struct slice *list);

/* Follows one X-Forwarded-For line from its right end: while *peer is a trusted proxy, the next entry to the
 * left is who it spoke for. False when an entry does not parse: *peer is then the last hop that is known.
 * Entries to the left of the first untrusted hop are its own claim and are not read. */
bool address_forwarded(const struct networks *trusted, struct slice line, struct address *peer);

#endif
