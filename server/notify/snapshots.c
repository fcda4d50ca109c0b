/* snapshots: what everyone sees is read once for all who come at the same time.
 *
 * When a server comes back ten thousand clients ask for the public rows, all from the start or from the same
 * few marks. The first one's pass is answered by the projections; the messages that it was sent are kept, and
 * serve everyone who asks the same, without a query and without encoding anything again.
 *
 * A snapshot holds as long as no public row was announced since its first query was sent, and the tables are
 * of the same generation: whoever is served from it was registered for live rows before, so what commits
 * after it comes live, and what was announced meanwhile has ended it. It is kept with the state of the pass
 * after each message, so a follower whose queue is full goes on behind it with queries, as if it had asked by
 * itself.
 *
 * Bounded: SNAPSHOTS_MAX of SNAPSHOT_MESSAGES_MAX messages of about CATCH_UP_MESSAGE_BYTES. */
#include "notify/notify_internal.h"

void snapshot_begin(struct notify *notify, struct catch_up *catch_up, const struct part *part)
{
    snapshot_drop(&catch_up->record);
    catch_up->recording = catch_up->pass.audience == AUDIENCE_PUBLIC;
    catch_up->record.whole = part->whole;
    catch_up->record.newer_than = part->mark;
    catch_up->record.public_changes = notify->public_changes;
    catch_up->record.generation = notify->generation;
}

void snapshot_add(struct catch_up *catch_up, struct outgoing *message)
{
    struct public_snapshot *record = &catch_up->record;
    if (!catch_up->recording)
        return;
    if (record->count == SNAPSHOT_MESSAGES_MAX) {
        catch_up->recording = false;
        snapshot_drop(record);
        return;
    }
    outgoing_ref(message);
    record->sent[record->count].message = message;
    record->sent[record->count].pass = catch_up->pass;
    record->count++;
}

static bool holds(const struct notify *notify, const struct public_snapshot *snapshot)
{
    return snapshot->count > 0 && snapshot->public_changes == notify->public_changes &&
           snapshot->generation == notify->generation;
}

void snapshot_keep(struct notify *notify, struct catch_up *catch_up)
{
    struct public_snapshot *place = &notify->snapshots[notify->next_snapshot];
    if (!catch_up->recording || !holds(notify, &catch_up->record)) {
        snapshot_drop(&catch_up->record);
    } else {
        snapshot_drop(place);
        *place = catch_up->record; /* with its references */
        catch_up->record.count = 0;
        notify->next_snapshot = (notify->next_snapshot + 1) % SNAPSHOTS_MAX;
    }
    catch_up->recording = false;
}

void snapshot_drop(struct public_snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->count; i++)
        outgoing_unref(snapshot->sent[i].message);
    snapshot->count = 0;
}

const struct public_snapshot *snapshot_find(const struct notify *notify, const struct part *part)
{
    for (int i = 0; i < SNAPSHOTS_MAX; i++) {
        const struct public_snapshot *snapshot = &notify->snapshots[i];
        if (holds(notify, snapshot) && snapshot->whole == part->whole && snapshot->newer_than == part->mark)
            return snapshot;
    }
    return NULL;
}

void snapshots_release(struct notify *notify)
{
    for (int i = 0; i < SNAPSHOTS_MAX; i++)
        snapshot_drop(&notify->snapshots[i]);
    for (int i = 0; i < CATCH_UPS_MAX; i++)
        snapshot_drop(&notify->catch_ups[i].record);
}
