/* accidents: what goes wrong in a run, and what operators do to it.
 *
 * Each has its own chance a step, which the seed chooses for the whole run: some runs see one kind all the
 * time, some see everything, one in ten sees none. */
#include "accidents.h"
#include "client.h"
#include "database.h"
#include "node.h"

void accidents_choose(void)
{
    if (chance(10)) {
        world.faults = (struct faults){.cut_client = 100 * random_below(4), .jump = random_below(6)};
        return;
    }
    world.faults = (struct faults){.cut_store = 100 * random_below(4),
                                   .cut_views = 100 * random_below(3),
                                   .crash_store = chance(30) ? random_below(30) : 0,
                                   .restore = chance(10) ? random_below(15) : 0,
                                   .views_go_back = 30 * random_below(2),
                                   .drop_views = chance(25) ? random_below(20) : 0,
                                   .rebuild_views = chance(25) ? random_below(40) : 0,
                                   .kill_node = 30 * random_below(2),
                                   .cut_client = 100 * random_below(4),
                                   .stall_client = chance(30) ? random_below(100) : 0,
                                   .refuse = random_below(25),
                                   .jump = random_below(6)};
}

static struct pg *any_connection(bool store)
{
    struct pg *found = NULL;
    uint32_t count = 0;
    list_each(node, &world.connections)
    {
        struct pg *pg = pg_of_node(node);
        if (pg_is_store(pg) == store && !pg_can_connect(pg) && random_below(++count) == 0)
            found = pg;
    }
    return found;
}

void accident_cut(bool store)
{
    struct pg *pg = any_connection(store);
    if (pg != NULL)
        pg_do_cut(pg);
}

void accident_views_go_back(void)
{
    pg_do_crash(false);
    views_go_back();
}

void accident_views_dropped(void)
{
    pg_do_crash(false);
    views_drop();
}

void accident_restart(struct node *node)
{
    uint32_t index = node == world.nodes[0] ? 0 : 1;
    node_kill(node);
    node_start(index);
}

void accident_restore(uint64_t position)
{
    for (uint32_t i = 0; i < world.node_count; i++)
        node_kill(world.nodes[i]);
    pg_do_crash(true);
    store_restore(position);
    for (uint32_t i = 0; i < world.node_count; i++)
        node_start(i);
}

/* So many of ten thousand steps. */
static bool happens(uint32_t times)
{
    return times > 0 && random_below(10000) < times;
}

bool accident(void)
{
    const struct faults *faults = &world.faults;
    if (happens(faults->cut_store))
        accident_cut(true);
    else if (happens(faults->cut_views))
        accident_cut(false);
    else if (happens(faults->crash_store))
        pg_do_crash(true);
    else if (happens(faults->restore))
        accident_restore(store_head() - random_below((uint32_t)(store_head() - store_preloaded()) / 2 + 1));
    else if (happens(faults->views_go_back))
        accident_views_go_back();
    else if (happens(faults->drop_views))
        accident_views_dropped();
    else if (happens(faults->rebuild_views))
        views_rebuild(chance(40) ? -1 : (int)random_below(SCHEMA_VIEW_COUNT));
    else if (happens(faults->kill_node))
        accident_restart(world.nodes[random_below(world.node_count)]);
    else if (happens(faults->cut_client))
        client_cut(world.clients[random_below(world.client_count)]);
    else if (happens(faults->stall_client))
        client_stall(world.clients[random_below(world.client_count)], 100 + random_below(4000));
    else
        return false;
    return true;
}
