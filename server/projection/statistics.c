/* statistics: how often each character was drawn from each version of a pack (view pull_statistic), to be
 * held against the published odds (view odds). Each draw counts one, whoever made it; ten draws with the same
 * character are ten deltas of one row, which the fold adds up. */
#include "projection/project.h"

void statistics_project(const struct event *event, struct row_sink *sink)
{
    if (event->type != EVENT_PACK_OPENED)
        return;
    const struct event_pack_opened *opened = &event->pack_opened;
    for (uint32_t i = 0; i < opened->pulls.count; i++)
        row_add(sink, VIEW_PULL_STATISTIC)->pull_statistic =
            (struct row_pull_statistic){.pack = opened->pack,
                                        .version = opened->pack_version,
                                        .character = opened->pulls.items[i].character,
                                        .observed = 1};
}
