/* census: how many connections each address has, as neither libwebsockets nor the kernel counts them.
 *
 * An address is counted by address_key (of IPv6 the /64). Sessions count under the address they really come
 * from (behind a trusted proxy the one it names); fronts, which have said nothing yet, under their TCP peer,
 * and not at all when that is a trusted proxy. An entry lives as long as something counts in it, so the map
 * is bounded by the number of connections. */
#include "base/check.h"
#include "socket/internal.h"
#include <stdlib.h>

struct census_entry *census_of(struct socket_server *server, const struct address *address)
{
    struct uuid key = address_key(address);
    struct census_entry *entry = map_get(&server->census, key);
    if (entry != NULL)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->key = key;
    if (map_put(&server->census, key, entry) == ERR_OK)
        return entry;
    free(entry);
    return NULL;
}

void census_settle(struct socket_server *server, struct census_entry *entry)
{
    if (entry == NULL || entry->sessions > 0 || entry->fronts > 0)
        return;
    check(map_remove(&server->census, entry->key) == entry);
    free(entry);
}

void census_release(struct socket_server *server)
{
    size_t cursor = 0;
    struct census_entry *entry;
    while ((entry = map_next(&server->census, &cursor)) != NULL)
        free(entry);
    map_release(&server->census);
}
