/* store_read: the statements of fake_store_read.c, which fake_store.c runs. Each gives the rows that its .sql
 * file in server/eventstore says. */
#ifndef SIM_STORE_READ_H
#define SIM_STORE_READ_H

#include "database.h"

PGresult *store_load(const struct wire_call *call);
PGresult *store_load_state(const struct wire_call *call);
PGresult *store_read_log(const struct wire_call *call);
PGresult *store_find_commands(const struct wire_call *call);
PGresult *store_heads(const struct wire_call *call);
/* The version of the stream's last event; 0: none. */
uint32_t store_head_version(uint64_t stream);

#endif
