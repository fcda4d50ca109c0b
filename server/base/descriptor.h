/* descriptor: what the generated tables in protocol/gen/c/schema.c are made of.
 *
 * Every struct of the schema has a type_desc, so one codec (server/wire), one JSON printer and one
 * column binder serve all of them. Field order is wire order. In memory a field is: bool -> bool; u8 u16 u32
 * u64 i64 -> uintN_t/int64_t; time -> int64_t (ms); enum -> an enum (int); uuid -> struct uuid; hash ->
 * struct hash; slug -> struct slug; text, bytes, raw -> struct slice (borrowed); list -> { items, count } as
 * struct list_value; struct -> inline. */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_BOOL,
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_I64,
    FIELD_TIME,
    FIELD_ENUM,
    FIELD_UUID,
    FIELD_HASH,
    FIELD_SLUG,
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_RAW,
    FIELD_LIST,
    FIELD_STRUCT,
};

enum field_flag {
    FIELD_OPTIONAL = 1, /* nil is allowed, reads as zero; zero is written as nil */
    FIELD_DEFAULT =
        2, /* may be absent at the end; reads as default_value (0 for all but numbers, enums, bools) */
    FIELD_SECRET = 4,   /* never stored, logged or digested */
    FIELD_PERSONAL = 8, /* encrypted in the store */
};

/* The memory of every list field. */
struct list_value {
    void *items;
    uint32_t count;
};

struct enum_desc {
    const char *name;
    const struct enum_value {
        const char *name;
        int value;
    } * values;
    uint16_t count;
};

struct type_desc;

struct field_desc {
    const char *name;
    enum field_kind kind;
    uint8_t flags;     /* enum field_flag */
    uint16_t offset;   /* in the struct, bytes */
    uint32_t min, max; /* bytes of text and bytes; entries of a list */
    int64_t default_value;
    enum field_kind of;                  /* what a list holds */
    const struct type_desc *type;        /* of FIELD_STRUCT, or of a list of them */
    const struct enum_desc *enumeration; /* of FIELD_ENUM, or of a list of them */
};

struct type_desc {
    const char *name; /* "event_pack_opened", "pull", ... */
    size_t size;      /* sizeof */
    const struct field_desc *fields;
    uint16_t field_count;
};

enum role {
    ROLE_PLAYER = 1,
    ROLE_GAME_SERVICE = 2,
    ROLE_GAME_ADMIN = 4,
    ROLE_INTERNAL = 8,
};

enum stream_key_kind { STREAM_KEY_NONE, STREAM_KEY_UUID, STREAM_KEY_SLUG };

struct stream_desc {
    int number; /* enum stream_kind */
    const char *name;
    enum stream_key_kind key;
    const struct type_desc *snapshot; /* of its state: struct snapshot_<name> */
};

/* One stream a command decides on. key_field < 0: the actor (or nothing, for kind with key none). */
struct command_stream {
    int kind; /* enum stream_kind */
    int key_field;
};

enum command_need {
    NEEDS_SEEDS = 1, /* the player's server seed in use and the two after it */
    NEEDS_SEED = 2,  /* the one in use */
};

#define COMMAND_STREAMS_MAX 4

struct command_desc {
    int number; /* enum command_type */
    const char *name;
    const struct type_desc *payload;
    uint8_t roles; /* any of these may send it */
    uint8_t needs; /* enum command_need */
    uint8_t stream_count;
    struct command_stream streams[COMMAND_STREAMS_MAX];
    int id_from;     /* field whose value makes the command id; -1: the client's */
    int reply_event; /* enum event_type whose payload answers it */
};

struct arena;

/* A version of an event that is in logs but no longer written. */
struct event_version {
    const struct type_desc *payload;
    /* Makes the next version of it; `to` comes zeroed. False: out of memory. */
    bool (*upcast)(const void *from, struct arena *arena, void *to);
};

struct event_desc {
    int number; /* enum event_type */
    const char *name;
    int stream;       /* enum stream_kind */
    uint16_t version; /* the one that is written */
    const struct type_desc *payload;
    const struct event_version *older; /* versions 1 to version - 1 */
};

/* A message of the socket itself (session.yaml). */
struct message_desc {
    int number; /* enum message_type */
    const char *name;
    bool push;       /* server to client */
    bool signed_out; /* allowed before sign-in */
    bool command;    /* carries a command id */
    const struct type_desc *payload;
    const struct type_desc *reply; /* NULL for pushes */
};

struct view_desc {
    int number; /* enum view */
    const char *name;
    const char *table;      /* SQL table */
    const char *projection; /* whose checkpoint covers it */
    int audience;           /* enum audience */
    bool push;
    bool delta;        /* fields behind the key are u64 that are added up; else a row is absolute */
    uint8_t key_count; /* leading fields that are the key */
    int query;         /* number of its list_ query */
    const char *query_name;
    const struct type_desc *payload;
    const char *upsert_sql; /* $1 position[] $2 deleted[] then one array per column */
    const char
        *since_sql; /* own: $1 player, $2 position, $3.. key to start after (all or none), last: limit */
    const char *page_sql;
};

struct error_desc {
    int number; /* enum error_code */
    const char *name;
    int retry; /* enum retry */
    uint32_t retry_after_ms;
};

struct close_desc {
    uint16_t code; /* enum close_code */
    const char *name;
    int advice; /* enum close_advice */
    uint32_t retry_after_ms;
};

#endif
