/* limits of notify: bounds, and what happens at each. The simulation has its own, smaller ones
 * (tests/sim/notify). */
#ifndef NOTIFY_LIMITS_H
#define NOTIFY_LIMITS_H

#define CATCH_UPS_MAX 32                     /* running at once; others wait in order */
#define CATCH_UP_PAGE_ROWS 200               /* rows of one query */
#define CATCH_UP_MESSAGE_BYTES 32768         /* pages are packed into messages up to about this */
#define CATCH_UP_RETRY_MS 500                /* pause after a query that failed */
#define SNAPSHOTS_MAX 8                      /* remembered answers about public rows; the oldest goes */
#define SNAPSHOT_MESSAGES_MAX 32             /* of one; a longer one is not remembered */
#define FLUSH_EVERY_MS 250                   /* public rows leave at most four times a second */
#define PUBLIC_PENDING_BYTES_MAX (16u << 20) /* beyond: everyone catches up instead */
#define MESSAGE_ROWS_MAX 500                 /* rows of one live message; more make several */
#define TURN_BYTES_MAX (64u << 20)
#define CURSOR_MAX_BYTES 128

#endif
