/* address: who is on the other side.
 *
 * All addresses are 16 bytes, IPv4 mapped, so that one comparison serves both families. A trusted proxy adds
 * the address it saw to the right end of X-Forwarded-For; whatever stands further left came with the request.
 * So the list is read from the right: entries inside trusted networks are further proxies, the first other
 * one is the client. A client that forges the header only adds entries to the left of its own address.
 * Whether the header counts at all (the TCP peer must be trusted) is decided by the caller, upgrade.c.
 *
 * When you add a header that names addresses (Forwarded, PROXY protocol): parse it into a struct address
 * here, keep the rule of the rightmost untrusted hop. */
#include "socket/address.h"
#include <arpa/inet.h>
#include <stdlib.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
}

struct address address_of(const struct sockaddr_storage *sockaddr)
{
    struct address address = {{0}};
    if (sockaddr->ss_family == AF_INET) {
        memcpy(address.bytes, mapped_prefix, sizeof mapped_prefix);
        memcpy(address.bytes + 12, &((const struct sockaddr_in *)sockaddr)->sin_addr, 4);
    } else if (sockaddr->ss_family == AF_INET6) {
        memcpy(address.bytes, &((const struct sockaddr_in6 *)sockaddr)->sin6_addr, 16);
    }
    return address;
}

/* Parses without any port. */
static bool parse_bare(const char *text, struct address *ret_address)
{
    struct address address = {{0}};
    memcpy(address.bytes, mapped_prefix, sizeof mapped_prefix);
    if (inet_pton(AF_INET, text, address.bytes + 12) != 1 && inet_pton(AF_INET6, text, address.bytes) != 1)
        return false;
    *ret_address = address;
    return true;
}

bool address_parse(struct slice text, struct address *ret_address)
{
    char copy[64];
    if (text.size == 0 || text.size >= sizeof copy || memchr(text.data, '\0', text.size) != NULL)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    char *start = copy, *colon = strchr(copy, ':');
    if (copy[0] == '[') {
        char *end = strchr(copy, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return false;
        *end = '\0';
        start = copy + 1;
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        *colon = '\0'; /* one colon: IPv4 and a port */
    }
    return parse_bare(start, ret_address);
}

char *address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
    bool mapped = is_mapped(address);
    text[0] = '\0';
    inet_ntop(mapped ? AF_INET : AF_INET6, address->bytes + (mapped ? 12 : 0), text, ADDRESS_TEXT_SIZE);
    return text;
}

bool address_is_loopback(const struct address *address)
{
    if (is_mapped(address))
        return address->bytes[12] == 127;
    return memcmp(address->bytes, &in6addr_loopback, 16) == 0;
}

struct uuid address_key(const struct address *address)
{
    struct uuid key;
    memcpy(key.bytes, address->bytes, 16);
    if (!is_mapped(address))
        memset(key.bytes + 8, 0, 8);
    return key;
}

/* ---- networks ---- */

static enum err parse_network(struct slice text, struct network *ret_network)
{
    char copy[64];
    struct address address;
    while (text.size > 0 && text.data[0] == ' ')
        text = slice_of(text.data + 1, text.size - 1);
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    if (text.size == 0 || text.size >= sizeof copy)
        return ERR_CONFIG;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    char *slash = strchr(copy, '/');
    if (slash != NULL)
        *slash = '\0';
    if (!parse_bare(copy, &address))
        return ERR_CONFIG;
    unsigned bits = is_mapped(&address) ? 32 : 128, prefix = bits;
    if (slash != NULL) {
        char *end;
        unsigned long given = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || given > bits)
            return ERR_CONFIG;
        prefix = (unsigned)given;
    }
    *ret_network = (struct network){.address = address, .prefix = 128 - bits + prefix};
    return ERR_OK;
}

enum err networks_parse(const char *text, struct networks *ret_networks)
{
    struct networks networks = {.count = 0};
    if (text != NULL && text[0] != '\0') {
        for (const char *entry = text; entry != NULL;) {
            const char *comma = strchr(entry, ',');
            size_t size = comma != NULL ? (size_t)(comma - entry) : strlen(entry);
            if (networks.count == NETWORKS_MAX ||
                parse_network(slice_of(entry, size), &networks.items[networks.count]) != ERR_OK)
                return ERR_CONFIG;
            networks.count++;
            entry = comma != NULL ? comma + 1 : NULL;
        }
    }
    *ret_networks = networks;
    return ERR_OK;
}

static bool network_contains(const struct network *network, const struct address *address)
{
    unsigned whole = network->prefix / 8, rest = network->prefix % 8;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return rest == 0 || ((network->address.bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

bool networks_contain(const struct networks *networks, const struct address *address)
{
    for (unsigned i = 0; i < networks->count; i++)
        if (network_contains(&networks->items[i], address))
            return true;
    return false;
}

/* ---- behind a proxy ---- */

struct slice address_last_entry(struct slice *list)
{
    size_t start = list->size;
    while (start > 0 && list->data[start - 1] != ',')
        start--;
    struct slice entry = slice_of(list->data + start, list->size - start);
    list->size = start > 0 ? start - 1 : 0;
    while (entry.size > 0 && (entry.data[0] == ' ' || entry.data[0] == '\t'))
        entry = slice_of(entry.data + 1, entry.size - 1);
    while (entry.size > 0 && (entry.data[entry.size - 1] == ' ' || entry.data[entry.size - 1] == '\t'))
        entry.size--;
    return entry;
}

bool address_forwarded(const struct networks *trusted, struct slice line, struct address *peer)
{
    while (line.size > 0 && networks_contain(trusted, peer))
        if (!address_parse(address_last_entry(&line), peer))
            return false;
    return true;
}
