/* limits of notify, in place of server/notify/limits.h: small, so that each bound is reached all the time. */
#ifndef NOTIFY_LIMITS_H
#define NOTIFY_LIMITS_H

#define CATCH_UPS_MAX 2
#define CATCH_UP_PAGE_ROWS 4
#define CATCH_UP_MESSAGE_BYTES 200
#define CATCH_UP_RETRY_MS 100
#define SNAPSHOTS_MAX 2
#define SNAPSHOT_MESSAGES_MAX 6
#define FLUSH_EVERY_MS 250
#define PUBLIC_PENDING_BYTES_MAX (16u << 20)
#define MESSAGE_ROWS_MAX 4
#define TURN_BYTES_MAX (64u << 20)
#define CURSOR_MAX_BYTES 128

#endif
