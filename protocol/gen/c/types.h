// clang-format off
/* types: everything that crosses the wire or the store, as plain data.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
 *
 * Texts, bytes and raw values are slices that borrow from the arena they were decoded into; lists are borrowed
 * likewise and have the layout of struct list_value. Times are milliseconds since 1970, UTC. An optional value
 * that is absent reads as zero. schema.h describes the same types as tables. */
#ifndef GEN_TYPES_H
#define GEN_TYPES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/descriptor.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "base/slug.h"
#include "base/uuid.h"

#define PROTOCOL_VERSION 1
#define PROTOCOL_OLDEST_CLIENT 1

/* Longest message a client may send (1009 above it). Unit: bytes. */
#define LIMIT_FRAME_MAX_BYTES 65536
/* Messages one frame may hold. Unit: messages. */
#define LIMIT_MESSAGES_PER_FRAME_MAX 32
/* Deepest nesting of a message. Unit: levels. */
#define LIMIT_DEPTH_MAX 8
/* Values in one message. Unit: values. */
#define LIMIT_VALUES_MAX 4096
/* Unanswered requests a socket may have. Unit: requests. */
#define LIMIT_IN_FLIGHT_MAX 64
/* Events one command may write. Unit: events. */
#define LIMIT_EVENTS_PER_COMMAND_MAX 16
/* Rows of one page of a query. Unit: rows. */
#define LIMIT_PAGE_ROWS_MAX 500
/* schema_version of a snapshot: what another program wrote under another number is not read. */
#define SNAPSHOT_VERSION 871610867

/* How rare a character is. */
enum rarity {
    RARITY_COMMON = 1,
    RARITY_RARE = 2,
    RARITY_EPIC = 3,
    RARITY_LEGENDARY = 4,
};

/* What pays for an opening. */
enum payment {
    PAYMENT_CURRENCY = 1,
    PAYMENT_ITEM = 2,
};

/* What a grant gives. */
enum grant_kind {
    GRANT_KIND_FREE_CURRENCY = 1,
    GRANT_KIND_PAID_CURRENCY = 2,
    GRANT_KIND_ITEM = 3,
};

/* Where a player's account stands. */
enum player_status {
    PLAYER_STATUS_ACTIVE = 1,
    PLAYER_STATUS_DEACTIVATED = 2,
    PLAYER_STATUS_ERASED = 3,
};

/* How a player came in. */
enum door {
    DOOR_REGISTERED = 1,
    DOOR_ENROLLED = 2,
    DOOR_GUEST = 3,
};

/* Whether a pack can be opened. */
enum pack_status {
    PACK_STATUS_ON_SALE = 1,
    PACK_STATUS_RETIRED = 2,
};

/* When the reply to a command leaves. */
enum consistency {
    CONSISTENCY_STRONG = 1,
    CONSISTENCY_EVENTUAL = 2,
};

/* Whether the same message can succeed when it is sent again. */
enum retry {
    RETRY_NEVER = 1,
    RETRY_NOW = 2,
    RETRY_LATER = 3,
    RETRY_SIGN_IN = 4,
};

/* Who may see a row. */
enum audience {
    AUDIENCE_OWN = 1,
    AUDIENCE_PUBLIC = 2,
};

/* What a client does after a close. */
enum close_advice {
    CLOSE_ADVICE_AT_ONCE = 1,
    CLOSE_ADVICE_LATER = 2,
    CLOSE_ADVICE_SIGN_IN = 3,
    CLOSE_ADVICE_NEVER = 4,
};

/* What a stream is about. */
enum stream_kind {
    /* One player: profile, wallet, items, characters, teams, pity, proof. */
    STREAM_PLAYER = 1,
    /* One pack's published table. */
    STREAM_PACK = 2,
    /* What is left of a limited pack. */
    STREAM_STOCK = 3,
    /* Characters, items and the starting balance. */
    STREAM_CATALOGUE = 4,
    /* One registration, by the command id of its `register`: a user in Keycloak and a player, or neither. */
    STREAM_REGISTRATION = 5,
};

/* Messages of the socket itself. */
enum message_type {
    /* The server's first message on every socket. */
    MESSAGE_HELLO = 1,
    /* Sent when a socket was idle for a while, as browsers cannot see pings. */
    MESSAGE_TICK = 2,
    /* Answers a request that did not succeed (same id), or names what was wrong with a message that had no
     * id (id 0). */
    MESSAGE_ERROR = 3,
    /* Signs the socket in with an access token. A player of whom the game knows nothing is enrolled. */
    MESSAGE_SIGN_IN = 4,
    /* Gives the open socket a fresh token of the same subject. */
    MESSAGE_REFRESH = 5,
    /* Answered from memory. */
    MESSAGE_PING = 6,
    /* Starts the live feed. Rows newer than the marks come first (or all rows, where a mark cannot be
     * used), then every change. */
    MESSAGE_FOLLOW = 7,
    /* Rows that changed. Apply by key, newest position wins. */
    MESSAGE_CHANGED = 8,
    /* The token expires soon: send refresh. */
    MESSAGE_EXPIRING = 9,
    /* Sent before the server closes the socket of its own will. */
    MESSAGE_CLOSING = 10,
    /* Makes a user in Keycloak and a player in the game, and signs the socket in. Only on /join, only over
     * a secure transport. */
    MESSAGE_REGISTER = 11,
    /* The token in the Authorization header was good; what a sign_in would have been answered. */
    MESSAGE_SIGNED_IN = 12,
    /* Play first, register later: makes a user in Keycloak without e-mail address and a player in the
     * game, and signs the socket in. Keep `user_name` and the secret, they sign in again by direct grant;
     * claim_account makes a full account of it, of the same player. Only on /join, only over a secure
     * transport. */
    MESSAGE_PLAY_AS_GUEST = 13,
    /* Gives the signed-in guest an e-mail address and a password; the player and all it owns stay. The
     * guest's secret is void and every session that it opened is ended; the socket goes on with the tokens
     * of the reply. Only over a secure transport. */
    MESSAGE_CLAIM_ACCOUNT = 14,
};

/* Commands. */
enum command_type {
    /* Makes a player of a Keycloak user; issued by the server at registration and at the first sign-in. */
    COMMAND_ENROL_PLAYER = 100,
    /* Opens a pack once or ten times. */
    COMMAND_OPEN_PACK = 101,
    /* Forms a team of four different characters of one's own. */
    COMMAND_FORM_TEAM = 102,
    /* Gives a team another name and members. */
    COMMAND_CHANGE_TEAM = 103,
    /* Disbands a team. */
    COMMAND_DISBAND_TEAM = 104,
    /* Changes the name that others see. */
    COMMAND_RENAME_PLAYER = 105,
    /* Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a
     * client seed of the player's choice. */
    COMMAND_ROTATE_SEED = 106,
    /* Takes a `register` down before Keycloak is asked. Its command id is the client's, so that another
     * content under it is refused here. */
    COMMAND_BEGIN_REGISTRATION = 110,
    /* The user is there; makes the player if the game does not know it yet, in one commit with the
     * registration's end. */
    COMMAND_FINISH_REGISTRATION = 111,
    /* Gives a registration up that was never finished. The user it made, if any, must not be a player. */
    COMMAND_UNDO_REGISTRATION = 112,
    /* Closes the game to a user of a registration that was undone, before the user is deleted: who signs
     * in meanwhile is not enrolled. */
    COMMAND_REFUSE_ENROLMENT = 113,
    /* The user of a deactivated player is there again: it signed in, or Keycloak was asked before the
     * erasure. */
    COMMAND_REACTIVATE_PLAYER = 114,
    /* Adds a character to the catalogue or changes its texts. */
    COMMAND_PUBLISH_CHARACTER = 200,
    /* Adds an item to the catalogue or changes its texts. */
    COMMAND_PUBLISH_ITEM = 201,
    /* Says what a new player starts with. */
    COMMAND_SET_STARTING_BALANCE = 202,
    /* Publishes a pack, or a new version of it. */
    COMMAND_PUBLISH_PACK = 203,
    /* Takes a pack off sale. */
    COMMAND_RETIRE_PACK = 204,
    /* Gives a player currency or an item. Repeated with the same external_id it has one effect, for ever. */
    COMMAND_GRANT = 205,
    /* Says that Keycloak has no such user any more. The server does so itself when it hears of a deletion;
     * operators where it could not hear. The player is erased after the grace time, unless the user is
     * there again. */
    COMMAND_DEACTIVATE_PLAYER = 206,
    /* Erases a player at once and for good: its personal key is destroyed and its user deleted in
     * Keycloak. Issued by the server when the grace time of a deactivated player is over. */
    COMMAND_ERASE_PLAYER = 207,
};

/* Events. */
enum event_type {
    /* A player came into the game. */
    EVENT_PLAYER_REGISTERED = 1,
    /* A player opened a pack. */
    EVENT_PACK_OPENED = 2,
    /* A player was given something. */
    EVENT_GRANTED = 3,
    /* A team was formed. */
    EVENT_TEAM_FORMED = 4,
    /* A team was changed. */
    EVENT_TEAM_CHANGED = 5,
    /* A team was disbanded. */
    EVENT_TEAM_DISBANDED = 6,
    /* A player took another name. */
    EVENT_PLAYER_RENAMED = 7,
    /* The server seed in use was revealed and the next one took its place. */
    EVENT_SEED_ROTATED = 8,
    /* This user never becomes a player; its registration was undone and it is being deleted. */
    EVENT_ENROLMENT_REFUSED = 9,
    /* Keycloak has no such user any more. The player keeps everything until it is erased, and comes back
     * if the user does. */
    EVENT_PLAYER_DEACTIVATED = 10,
    /* The user is there again before the player was erased. */
    EVENT_PLAYER_REACTIVATED = 11,
    /* The player is gone for good. Its personal key is destroyed behind this event: every personal field
     * of the stream reads `erased`. */
    EVENT_PLAYER_ERASED = 12,
    /* A pack, or a new version of it, went on sale. */
    EVENT_PACK_PUBLISHED = 20,
    /* A pack went off sale. */
    EVENT_PACK_RETIRED = 21,
    /* The stock of a limited pack was set. */
    EVENT_STOCK_SET = 30,
    /* An opening took from the stock. */
    EVENT_STOCK_TAKEN = 31,
    /* A character is in the catalogue. */
    EVENT_CHARACTER_PUBLISHED = 40,
    /* An item is in the catalogue. */
    EVENT_ITEM_PUBLISHED = 41,
    /* What a new player starts with. */
    EVENT_STARTING_BALANCE_SET = 42,
    /* A `register`, `play_as_guest` or `claim_account` was taken; from here on there may be a user in
     * Keycloak that carries its id. */
    EVENT_REGISTRATION_BEGUN = 50,
    /* The user is there and is a player, or will be at the first sign-in. */
    EVENT_REGISTRATION_FINISHED = 51,
    /* It was not finished in time; a user that carries its id is deleted. */
    EVENT_REGISTRATION_UNDONE = 52,
};

/* The events of a player stream, so that a switch over them is complete. */
enum player_event {
    PLAYER_EVENT_PLAYER_REGISTERED = EVENT_PLAYER_REGISTERED,
    PLAYER_EVENT_PACK_OPENED = EVENT_PACK_OPENED,
    PLAYER_EVENT_GRANTED = EVENT_GRANTED,
    PLAYER_EVENT_TEAM_FORMED = EVENT_TEAM_FORMED,
    PLAYER_EVENT_TEAM_CHANGED = EVENT_TEAM_CHANGED,
    PLAYER_EVENT_TEAM_DISBANDED = EVENT_TEAM_DISBANDED,
    PLAYER_EVENT_PLAYER_RENAMED = EVENT_PLAYER_RENAMED,
    PLAYER_EVENT_SEED_ROTATED = EVENT_SEED_ROTATED,
    PLAYER_EVENT_ENROLMENT_REFUSED = EVENT_ENROLMENT_REFUSED,
    PLAYER_EVENT_PLAYER_DEACTIVATED = EVENT_PLAYER_DEACTIVATED,
    PLAYER_EVENT_PLAYER_REACTIVATED = EVENT_PLAYER_REACTIVATED,
    PLAYER_EVENT_PLAYER_ERASED = EVENT_PLAYER_ERASED,
};

/* The events of a pack stream, so that a switch over them is complete. */
enum pack_event {
    PACK_EVENT_PACK_PUBLISHED = EVENT_PACK_PUBLISHED,
    PACK_EVENT_PACK_RETIRED = EVENT_PACK_RETIRED,
};

/* The events of a stock stream, so that a switch over them is complete. */
enum stock_event {
    STOCK_EVENT_STOCK_SET = EVENT_STOCK_SET,
    STOCK_EVENT_STOCK_TAKEN = EVENT_STOCK_TAKEN,
};

/* The events of a catalogue stream, so that a switch over them is complete. */
enum catalogue_event {
    CATALOGUE_EVENT_CHARACTER_PUBLISHED = EVENT_CHARACTER_PUBLISHED,
    CATALOGUE_EVENT_ITEM_PUBLISHED = EVENT_ITEM_PUBLISHED,
    CATALOGUE_EVENT_STARTING_BALANCE_SET = EVENT_STARTING_BALANCE_SET,
};

/* The events of a registration stream, so that a switch over them is complete. */
enum registration_event {
    REGISTRATION_EVENT_REGISTRATION_BEGUN = EVENT_REGISTRATION_BEGUN,
    REGISTRATION_EVENT_REGISTRATION_FINISHED = EVENT_REGISTRATION_FINISHED,
    REGISTRATION_EVENT_REGISTRATION_UNDONE = EVENT_REGISTRATION_UNDONE,
};

/* Views: kinds of rows. */
enum view {
    /* A player's profile and the proof material in use. */
    VIEW_PLAYER = 1,
    /* The seeds in use for a player's draws. */
    VIEW_PROOF = 2,
    /* A player's currency. */
    VIEW_WALLET = 3,
    /* A character a player owns. */
    VIEW_CHARACTER = 4,
    /* An item a player owns. */
    VIEW_ITEM = 5,
    /* A team of four. */
    VIEW_TEAM = 6,
    /* How far a player is from hard pity. */
    VIEW_PITY = 7,
    /* One opening in a player's full history. */
    VIEW_OPENING = 8,
    /* A pack. */
    VIEW_PACK = 20,
    /* The exact chance of one character in one draw of a pack, pity apart: numerator / denominator. */
    VIEW_ODDS = 21,
    /* What is left of a limited pack. */
    VIEW_STOCK = 22,
    /* A character of the catalogue. */
    VIEW_CHARACTER_INFO = 23,
    /* An item of the catalogue. */
    VIEW_ITEM_INFO = 24,
    /* How often a character was drawn from one version of a pack: to be held against its published odds. */
    VIEW_PULL_STATISTIC = 25,
};

/* Queries, one per view. */
enum query_type {
    /* Rows: A player's profile and the proof material in use. */
    QUERY_LIST_PLAYERS = 300,
    /* Rows: The seeds in use for a player's draws. */
    QUERY_LIST_PROOFS = 301,
    /* Rows: A player's currency. */
    QUERY_LIST_WALLETS = 302,
    /* Rows: A character a player owns. */
    QUERY_LIST_CHARACTERS = 303,
    /* Rows: An item a player owns. */
    QUERY_LIST_ITEMS = 304,
    /* Rows: A team of four. */
    QUERY_LIST_TEAMS = 305,
    /* Rows: How far a player is from hard pity. */
    QUERY_LIST_PITIES = 306,
    /* Rows: One opening in a player's full history. */
    QUERY_LIST_OPENINGS = 307,
    /* Rows: A pack. */
    QUERY_LIST_PACKS = 320,
    /* Rows: The exact chance of one character in one draw of a pack, pity apart: numerator / denominator. */
    QUERY_LIST_ODDS = 321,
    /* Rows: What is left of a limited pack. */
    QUERY_LIST_STOCKS = 322,
    /* Rows: A character of the catalogue. */
    QUERY_LIST_CHARACTER_INFOS = 323,
    /* Rows: An item of the catalogue. */
    QUERY_LIST_ITEM_INFOS = 324,
    /* Rows: How often a character was drawn from one version of a pack: to be held against its published
     * odds. */
    QUERY_LIST_PULL_STATISTICS = 325,
};

/* Errors a client can be told. */
enum error_code {
    /* No error. */
    ERROR_NONE = 0,
    /* Not a well-formed message. */
    ERROR_MALFORMED = 1,
    /* No such message type. */
    ERROR_TYPE_UNKNOWN = 2,
    /* A required field is missing. */
    ERROR_FIELD_MISSING = 3,
    /* A field has another type. */
    ERROR_FIELD_WRONG_TYPE = 4,
    /* A field is too long, too short, or not one of the values. */
    ERROR_FIELD_OUT_OF_RANGE = 5,
    /* Request ids are 1 to 4294967295. */
    ERROR_ID_INVALID = 6,
    /* A command needs a command id in its meta. */
    ERROR_COMMAND_ID_MISSING = 7,
    /* Nested deeper than allowed. */
    ERROR_TOO_DEEP = 8,
    /* More values than allowed. */
    ERROR_TOO_MANY_VALUES = 9,
    /* A request of this id is not answered yet. */
    ERROR_ID_IN_USE = 10,
    /* Sign in first. */
    ERROR_SIGNED_OUT = 20,
    /* This socket is signed in already. */
    ERROR_SIGNED_IN_ALREADY = 21,
    /* Your roles do not allow this. */
    ERROR_FORBIDDEN = 22,
    /* The token is not valid; the detail names the rule. */
    ERROR_TOKEN_INVALID = 23,
    /* The token has expired. */
    ERROR_TOKEN_EXPIRED = 24,
    /* The user was signed out, disabled or deleted. */
    ERROR_TOKEN_REVOKED = 25,
    /* A socket cannot change its player. */
    ERROR_TOKEN_OTHER_SUBJECT = 26,
    /* Keycloak cannot be reached. */
    ERROR_IDENTITY_UNAVAILABLE = 27,
    /* Passwords are taken over TLS or loopback only. */
    ERROR_INSECURE_TRANSPORT = 28,
    /* This message is for the other upgrade path. */
    ERROR_WRONG_PATH = 29,
    /* Too many requests of this socket are unanswered. */
    ERROR_TOO_MANY_IN_FLIGHT = 40,
    /* The server has as much work as it takes: the request was not begun. Its `retry_after_ms` is how long
     * the queue of now will take. */
    ERROR_OVERLOADED = 41,
    /* The event store cannot be reached. Send it again with the same command id. */
    ERROR_STORE_UNAVAILABLE = 42,
    /* The views cannot be read now. */
    ERROR_VIEW_UNAVAILABLE = 43,
    /* The views did not reach the position asked for in time. */
    ERROR_VIEW_BEHIND = 44,
    /* Others kept changing what this decides on. Send it again with the same command id. */
    ERROR_CONFLICT = 45,
    /* The server is going down; come back. */
    ERROR_DRAINING = 46,
    /* A fault in the server. */
    ERROR_INTERNAL = 47,
    /* This command id was used before, by another actor or with other content. */
    ERROR_COMMAND_ID_REUSED = 48,
    /* More messages, sign-ins or registrations than this socket or its address may send: not begun. Its
     * `retry_after_ms` is when the next one will be taken; who sends many times more than the limit is
     * closed with 4007. */
    ERROR_RATE_LIMITED = 49,
    /* Someone has registered with this e-mail address. */
    ERROR_EMAIL_TAKEN = 60,
    /* Not an e-mail address. */
    ERROR_EMAIL_INVALID = 61,
    /* The password does not meet the policy. */
    ERROR_PASSWORD_WEAK = 62,
    /* 2 to 40 letters, digits, spaces or .-_' ; no space at the ends. */
    ERROR_DISPLAY_NAME_INVALID = 63,
    /* This player is in the game already. */
    ERROR_PLAYER_EXISTS = 64,
    /* No such player. */
    ERROR_PLAYER_UNKNOWN = 65,
    /* The player is deactivated or erased. */
    ERROR_PLAYER_INACTIVE = 66,
    /* This registration was not finished in time and is undone: register again, with a new command id. */
    ERROR_REGISTRATION_UNDONE = 67,
    /* This registration began or ended before. */
    ERROR_REGISTRATION_SETTLED = 68,
    /* No such registration. */
    ERROR_REGISTRATION_UNKNOWN = 69,
    /* This account has an e-mail address already: only a guest's can be claimed. */
    ERROR_NOT_A_GUEST = 70,
    /* The player is not deactivated. */
    ERROR_PLAYER_ACTIVE = 71,
    /* The account is made and in the game, but Keycloak wants something of its owner before it gives
     * tokens; the detail names what, such as verify_email, update_password, terms_and_conditions. Sign in
     * with the browser, which asks for it. */
    ERROR_ACCOUNT_INCOMPLETE = 72,
    /* The user is disabled in Keycloak. */
    ERROR_ACCOUNT_DISABLED = 73,
    /* No such pack. */
    ERROR_PACK_UNKNOWN = 100,
    /* The pack is off sale. */
    ERROR_PACK_RETIRED = 101,
    /* A pack is opened once or ten times. */
    ERROR_COUNT_INVALID = 102,
    /* Not enough currency. */
    ERROR_WALLET_INSUFFICIENT = 103,
    /* Not enough of the item. */
    ERROR_ITEM_INSUFFICIENT = 104,
    /* This pack cannot be paid with an item. */
    ERROR_PACK_NOT_OWNED_AS_ITEM = 105,
    /* Not enough of the limited pack is left. */
    ERROR_STOCK_EXHAUSTED = 106,
    /* A team has four members. */
    ERROR_TEAM_SIZE_INVALID = 110,
    /* A team's members are different. */
    ERROR_TEAM_MEMBER_REPEATED = 111,
    /* A team's members come from one's own collection. */
    ERROR_CHARACTER_NOT_OWNED = 112,
    /* 1 to 40 characters, not only spaces. */
    ERROR_TEAM_NAME_INVALID = 113,
    /* No such team. */
    ERROR_TEAM_UNKNOWN = 114,
    /* A player has at most 20 teams. */
    ERROR_TEAMS_FULL = 115,
    /* A client seed is 1 to 64 printable ASCII characters without a colon. */
    ERROR_CLIENT_SEED_INVALID = 116,
    /* A published character keeps its rarity. */
    ERROR_RARITY_CHANGED = 120,
    /* The catalogue holds at most 1024 characters and 256 items. */
    ERROR_CATALOGUE_FULL = 121,
    /* A character is not in the catalogue or has another rarity there. */
    ERROR_CHARACTER_UNKNOWN = 122,
    /* The item is not in the catalogue. */
    ERROR_ITEM_UNKNOWN = 123,
    /* Weights must be positive and every rarity have characters, each once. */
    ERROR_PACK_TABLE_INVALID = 124,
    /* Amounts are 1 to 1000000000000; a balance cannot exceed that either. */
    ERROR_AMOUNT_INVALID = 125,
};

/* WebSocket close codes. */
enum close_code {
    /* The server is going down; come back. */
    CLOSE_GOING_AWAY = 1001,
    /* The peer broke RFC 6455. */
    CLOSE_PROTOCOL_ERROR = 1002,
    /* Text frames are not spoken here. */
    CLOSE_UNSUPPORTED_DATA = 1003,
    /* Text that is not UTF-8: a text frame or a close reason. */
    CLOSE_NOT_UTF8 = 1007,
    /* A message over the limit. */
    CLOSE_TOO_BIG = 1009,
    /* Too many malformed messages. */
    CLOSE_HOSTILE = 4000,
    /* The token is not, or no longer, good: it expired and no fresh one came, or the one in the
     * Authorization header was refused (the error pushed before says by which rule). Get another with the
     * refresh token, else by signing in, then sign in here, follow. */
    CLOSE_TOKEN_EXPIRED = 4001,
    /* The user, or an operator, ended the session: its refresh token is dead too, so the player signs in
     * by hand. */
    CLOSE_SIGNED_OUT = 4002,
    /* The user was disabled or deleted: signing in will say so, until an operator enables it. */
    CLOSE_DISABLED = 4003,
    /* No sign-in within the time allowed. */
    CLOSE_SIGN_IN_TIMEOUT = 4004,
    /* Nothing was read for 30 s. */
    CLOSE_SLOW_READER = 4005,
    /* Too many connections from this address. */
    CLOSE_TOO_MANY_CONNECTIONS = 4006,
    /* Many times more messages than a socket may send, or more sign-ins than its address may. */
    CLOSE_TOO_MANY_MESSAGES = 4007,
    /* The user's roles changed; sign in again with a fresh token. */
    CLOSE_ROLES_CHANGED = 4008,
    /* The player signed in elsewhere, where one socket is allowed. Do not come back by yourself: ask the
     * player. */
    CLOSE_REPLACED = 4009,
    /* The token is Keycloak's and not one for this game (another client, audience, type): a new one of the
     * same kind will not help. */
    CLOSE_FORBIDDEN = 4010,
};

/* One character drawn. */
struct pull {
    /* The character drawn. */
    struct slug character;
    /* Its rarity. */
    enum rarity rarity;
    /* Copies the player owns after this draw; 1 is a new character. */
    uint32_t copies;
};

/* The weight of one rarity in a pack. */
struct rarity_weight {
    /* The rarity. */
    enum rarity rarity;
    /* Its weight; the chance is weight / sum of the weights. */
    uint32_t weight;
};

/* One character a pack can draw. */
struct pack_entry {
    /* The character. */
    struct slug character;
    /* Its rarity. */
    enum rarity rarity;
    /* Its weight among the characters of its rarity. */
    uint32_t weight;
};

/* What the server accepts, told in hello. */
struct limits {
    /* Longest frame accepted. */
    uint32_t frame_max_bytes;
    /* Requests one socket may have unanswered. */
    uint32_t in_flight_max;
    /* Messages one frame may hold. */
    uint32_t messages_per_frame_max;
    /* Time to sign in before the socket is closed. */
    uint32_t sign_in_within_ms;
    /* An idle socket hears a tick this often. */
    uint32_t tick_every_ms;
    /* Messages one socket may send a second once it is signed in, two seconds' worth at once; before that
     * a fifth. 0: no limit. Beyond it: rate_limited. */
    uint32_t messages_per_second;
};

/* The fourth element of a request. Absent elements read as their defaults. */
struct meta {
    /* The command's id, made by the client (UUIDv7, never version 8); required for commands. [optional] */
    struct uuid command_id;
    /* When the reply leaves. */
    enum consistency consistency;
    /* A query waits (bounded) until the views hold this position. */
    uint64_t at_least;
    /* W3C trace context. [optional, 0 to 55 bytes] */
    struct slice traceparent;
};

/* The fourth element of a reply. */
struct reply_meta {
    /* Position of the command's last event; for a query the position its rows are complete to. */
    uint64_t position;
    /* Position the views hold. Less than position: stored, but the views are behind. */
    uint64_t view_position;
};

/* Rows of one view. */
struct change {
    /* Number of the view. */
    uint16_t view;
    /* Array of rows; each is [position, deleted, key and values in the view's order]. */
    struct slice rows;
};

/* The server's first message on every socket. */
struct message_hello {
    /* Protocol version spoken. */
    uint16_t protocol;
    /* Oldest protocol version still served. */
    uint16_t oldest_client;
    /* The log's epoch; marks of another epoch mean nothing. */
    struct uuid epoch;
    /* The server's clock. */
    int64_t time;
    /* Name and version of the server. [0 to 64 bytes] */
    struct slice server;
    /* What it accepts. */
    struct limits limits;
    /* Where tokens come from: the OpenID Connect issuer, whose discovery document names the endpoints.
     * [optional, 0 to 255 bytes] */
    struct slice issuer;
    /* The issuer's public client for players: a client asks for tokens as this one. [optional, 0 to 64
     * bytes] */
    struct slice client_id;
};

/* Sent when a socket was idle for a while, as browsers cannot see pings. */
struct message_tick {
    /* The server's clock. */
    int64_t time;
    /* The client's mark for its own rows; 0 when it does not follow them. */
    uint64_t own_mark;
    /* The client's mark for public rows. */
    uint64_t public_mark;
};

/* Answers a request that did not succeed (same id), or names what was wrong with a message that had no id
 * (id 0). */
struct message_error {
    /* One of the errors below. */
    uint16_t code;
    /* The error's name. [0 to 48 bytes] */
    struct slice name;
    /* Whether sending it again can help. */
    enum retry retry;
    /* When, for retry later. */
    uint32_t retry_after_ms;
    /* Which field, which limit; for people. [optional, 0 to 160 bytes] */
    struct slice detail;
};

/* Signs the socket in with an access token. A player of whom the game knows nothing is enrolled. */
struct message_sign_in {
    /* The access token that Keycloak issued. [secret, 0 to 16384 bytes] */
    struct slice token;
    /* Name for a player enrolled now; else the token's preferred name. [optional, 0 to 40 bytes] */
    struct slice display_name;
};

struct slug_list {
    struct slug *items;
    uint32_t count;
};

/* Answers sign_in. */
struct reply_sign_in {
    /* The player's id (the token's subject). */
    struct uuid player;
    /* When the token expires. */
    int64_t expires_at;
    /* Whether this sign-in enrolled the player. */
    bool enrolled;
    /* Roles the game knows. [0 to 8 entries] */
    struct slug_list roles;
};

/* Gives the open socket a fresh token of the same subject. */
struct message_refresh {
    /* The fresh access token. [secret, 0 to 16384 bytes] */
    struct slice token;
};

/* Answers refresh. */
struct reply_refresh {
    /* When it expires. */
    int64_t expires_at;
};

/* Answered from memory. */
struct message_ping {
    char none; /* it has no fields, and C wants one */
};

/* Answers ping. */
struct reply_ping {
    /* The server's clock. */
    int64_t time;
};

/* Starts the live feed. Rows newer than the marks come first (or all rows, where a mark cannot be used),
 * then every change. */
struct message_follow {
    /* Epoch of the marks; none for a first visit. [optional] */
    struct uuid epoch;
    /* Generation of the views the marks belong to. */
    uint64_t generation;
    /* Last mark of the own rows. */
    uint64_t own;
    /* Last mark of the public rows. */
    uint64_t public;
};

/* Answers follow. */
struct reply_follow {
    /* The log's epoch. */
    struct uuid epoch;
    /* The views' generation. */
    uint64_t generation;
    /* The own rows that follow are all there are: they replace the replica. */
    bool own_whole;
    /* The same for the public rows. */
    bool public_whole;
};

struct change_list {
    struct change *items;
    uint32_t count;
};

/* Rows that changed. Apply by key, newest position wins. */
struct message_changed {
    /* Whose rows. */
    enum audience audience;
    /* The client's mark once this message is applied; 0 while more of a catch-up follows. */
    uint64_t mark;
    /* The rows, view by view. [0 to 4096 entries] */
    struct change_list changes;
};

/* The token expires soon: send refresh. */
struct message_expiring {
    /* When. */
    int64_t expires_at;
};

/* Sent before the server closes the socket of its own will. */
struct message_closing {
    /* The close code that follows. */
    uint16_t code;
    /* What to do. */
    enum close_advice advice;
    /* When, for advice later. */
    uint32_t retry_after_ms;
};

/* Makes a user in Keycloak and a player in the game, and signs the socket in. Only on /join, only over a
 * secure transport. */
struct message_register {
    /* E-mail address; lives in Keycloak alone. [secret, 3 to 120 bytes] */
    struct slice email;
    /* Password; lives in Keycloak alone. [secret, 8 to 128 bytes] */
    struct slice password;
    /* Name that others see. [personal, 2 to 40 bytes] */
    struct slice display_name;
};

/* Answers register. */
struct reply_register {
    /* The new player's id. */
    struct uuid player;
    /* Access token. [secret, 0 to 16384 bytes] */
    struct slice access_token;
    /* Refresh token. [secret, 0 to 16384 bytes] */
    struct slice refresh_token;
    /* When the access token expires. */
    int64_t expires_at;
};

/* The token in the Authorization header was good; what a sign_in would have been answered. */
struct message_signed_in {
    /* The player's id (the token's subject). */
    struct uuid player;
    /* When the token expires. */
    int64_t expires_at;
    /* Whether this sign-in enrolled the player. */
    bool enrolled;
    /* Roles the game knows. [0 to 8 entries] */
    struct slug_list roles;
};

/* Play first, register later: makes a user in Keycloak without e-mail address and a player in the game,
 * and signs the socket in. Keep `user_name` and the secret, they sign in again by direct grant;
 * claim_account makes a full account of it, of the same player. Only on /join, only over a secure
 * transport. */
struct message_play_as_guest {
    /* A long random text that the client makes and keeps: the guest's password. Sent again with the same
     * command id it must be the same. [secret, 32 to 128 bytes] */
    struct slice secret;
    /* Name that others see; the server makes one for an empty one. [personal, 0 to 40 bytes] */
    struct slice display_name;
};

/* Answers play_as_guest. */
struct reply_play_as_guest {
    /* The new player's id. */
    struct uuid player;
    /* Access token. [secret, 0 to 16384 bytes] */
    struct slice access_token;
    /* Refresh token. [secret, 0 to 16384 bytes] */
    struct slice refresh_token;
    /* When the access token expires. */
    int64_t expires_at;
    /* The guest's user name in Keycloak. [0 to 64 bytes] */
    struct slice user_name;
};

/* Gives the signed-in guest an e-mail address and a password; the player and all it owns stay. The guest's
 * secret is void and every session that it opened is ended; the socket goes on with the tokens of the
 * reply. Only over a secure transport. */
struct message_claim_account {
    /* E-mail address; lives in Keycloak alone. [secret, 3 to 120 bytes] */
    struct slice email;
    /* Password; lives in Keycloak alone. [secret, 8 to 128 bytes] */
    struct slice password;
};

/* Answers claim_account. */
struct reply_claim_account {
    /* The player's id, as before. */
    struct uuid player;
    /* Access token. [secret, 0 to 16384 bytes] */
    struct slice access_token;
    /* Refresh token. [secret, 0 to 16384 bytes] */
    struct slice refresh_token;
    /* When the access token expires. */
    int64_t expires_at;
};

/* What every list_ query takes. */
struct query_list {
    /* Where to go on: `next` of the page before; empty for the first. [optional, 0 to 256 bytes] */
    struct slice after;
    /* Rows a page, 1 to 500. */
    uint16_t limit;
    /* Whose rows: oneself by default, anyone for operators. [optional] */
    struct uuid player;
};

/* What every list_ query answers. */
struct reply_list {
    /* Array of rows, as in `changed`. */
    struct slice rows;
    /* Where the next page starts; empty at the end. [optional, 0 to 256 bytes] */
    struct slice next;
};

/* Makes a player of a Keycloak user; issued by the server at registration and at the first sign-in. */
struct command_enrol_player {
    /* The user's subject. */
    struct uuid player;
    /* Name that others see. [personal, 1 to 40 bytes] */
    struct slice display_name;
    /* How the player came in. */
    enum door door;
};

/* Opens a pack once or ten times. */
struct command_open_pack {
    /* Which pack. */
    struct slug pack;
    /* 1 or 10. */
    uint8_t count;
    /* Currency (free first) or the pack's own item. */
    enum payment payment;
};

/* Forms a team of four different characters of one's own. */
struct command_form_team {
    /* The team's name. [personal, 1 to 40 bytes] */
    struct slice name;
    /* Four different owned characters. [0 to 16 entries] */
    struct slug_list members;
};

/* Gives a team another name and members. */
struct command_change_team {
    /* Number of the team. */
    uint32_t team;
    /* Its name. [personal, 1 to 40 bytes] */
    struct slice name;
    /* Four different owned characters. [0 to 16 entries] */
    struct slug_list members;
};

/* Disbands a team. */
struct command_disband_team {
    /* Number of the team. */
    uint32_t team;
};

/* Changes the name that others see. */
struct command_rename_player {
    /* The new name. [personal, 2 to 40 bytes] */
    struct slice display_name;
};

/* Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a client
 * seed of the player's choice. */
struct command_rotate_seed {
    /* Any text; mixed into every draw from now on. [1 to 64 bytes] */
    struct slice client_seed;
};

/* Takes a `register` down before Keycloak is asked. Its command id is the client's, so that another
 * content under it is refused here. */
struct command_begin_registration {
    /* The command id of the `register`. */
    struct uuid registration;
    /* Keyed digest of e-mail and display name; only a digest of it is stored. [0 to 16 bytes] */
    struct slice content;
    /* The guest who claims the account; none for a new user. [optional] */
    struct uuid guest;
};

/* The user is there; makes the player if the game does not know it yet, in one commit with the
 * registration's end. */
struct command_finish_registration {
    /* The user's subject. */
    struct uuid player;
    /* The registration. */
    struct uuid registration;
    /* Name that others see; an empty one makes no player, who is enrolled at the first sign-in. [personal,
     * 0 to 40 bytes] */
    struct slice display_name;
    /* How the player comes in. */
    enum door door;
};

/* Gives a registration up that was never finished. The user it made, if any, must not be a player. */
struct command_undo_registration {
    /* The user that was found; none if there is none. [optional] */
    struct uuid player;
    /* The registration. */
    struct uuid registration;
};

/* Closes the game to a user of a registration that was undone, before the user is deleted: who signs in
 * meanwhile is not enrolled. */
struct command_refuse_enrolment {
    /* The user's subject. */
    struct uuid player;
    /* The registration that was undone. */
    struct uuid registration;
};

/* The user of a deactivated player is there again: it signed in, or Keycloak was asked before the erasure. */
struct command_reactivate_player {
    /* The player. */
    struct uuid player;
};

/* Adds a character to the catalogue or changes its texts. */
struct command_publish_character {
    /* Its key. */
    struct slug character;
    /* Its name. [1 to 60 bytes] */
    struct slice name;
    /* Its rarity; never changes once published. */
    enum rarity rarity;
    /* A sentence about it. [optional, 0 to 400 bytes] */
    struct slice description;
};

/* Adds an item to the catalogue or changes its texts. */
struct command_publish_item {
    /* Its key. */
    struct slug item;
    /* Its name. [1 to 60 bytes] */
    struct slice name;
    /* A sentence about it. [optional, 0 to 400 bytes] */
    struct slice description;
};

/* Says what a new player starts with. */
struct command_set_starting_balance {
    /* Free currency. */
    uint64_t free;
    /* An item; none for nothing. [optional] */
    struct slug item;
    /* How many of it. */
    uint32_t item_count;
};

struct rarity_weight_list {
    struct rarity_weight *items;
    uint32_t count;
};

struct pack_entry_list {
    struct pack_entry *items;
    uint32_t count;
};

/* Publishes a pack, or a new version of it. */
struct command_publish_pack {
    /* Its key. */
    struct slug pack;
    /* Its name. [1 to 60 bytes] */
    struct slice name;
    /* Price of one opening. */
    uint64_t price;
    /* Price of ten at once. */
    uint64_t ten_price;
    /* Weights of the rarities. [0 to 8 entries] */
    struct rarity_weight_list rarities;
    /* The characters and their weights within their rarity. [0 to 256 entries] */
    struct pack_entry_list entries;
    /* Packs of one group share their pity counter. */
    struct slug pity_group;
    /* Draws within which one of pity_rarity or better is certain; 0 for none. */
    uint32_t hard_pity;
    /* The rarity that hard pity promises and whose draw resets it. */
    enum rarity pity_rarity;
    /* The item that opens this pack instead of currency; none if it cannot be owned. [optional] */
    struct slug item;
    /* Whether stock limits it. */
    bool limited;
    /* How many draws there are, if limited. */
    uint64_t stock;
};

/* Takes a pack off sale. */
struct command_retire_pack {
    /* Which pack. */
    struct slug pack;
};

/* Gives a player currency or an item. Repeated with the same external_id it has one effect, for ever. */
struct command_grant {
    /* Who receives it. */
    struct uuid player;
    /* The caller's own id of this grant. [1 to 64 bytes] */
    struct slice external_id;
    /* What is given. */
    enum grant_kind kind;
    /* Which item, for kind item. [optional] */
    struct slug item;
    /* How much or how many. */
    uint64_t amount;
    /* For the history. [optional, 0 to 120 bytes] */
    struct slice reason;
};

/* Says that Keycloak has no such user any more. The server does so itself when it hears of a deletion;
 * operators where it could not hear. The player is erased after the grace time, unless the user is there
 * again. */
struct command_deactivate_player {
    /* Whose user is gone. */
    struct uuid player;
    /* Seconds until it is erased, unless the user is there by then. */
    uint32_t grace_s;
    /* For the history. [optional, 0 to 120 bytes] */
    struct slice reason;
};

/* Erases a player at once and for good: its personal key is destroyed and its user deleted in Keycloak.
 * Issued by the server when the grace time of a deactivated player is over. */
struct command_erase_player {
    /* Who is erased. */
    struct uuid player;
    /* For the history. [optional, 0 to 120 bytes] */
    struct slice reason;
    /* Also one who is not deactivated. */
    bool even_active;
};

/* A player came into the game. */
struct event_player_registered {
    /* The player. */
    struct uuid player;
    /* Name that others see. [personal, 0 to 40 bytes] */
    struct slice display_name;
    /* How the player came in. */
    enum door door;
    /* When. */
    int64_t registered_at;
    /* Free currency to start with. */
    uint64_t free;
    /* Item to start with. [optional] */
    struct slug item;
    /* How many of it. */
    uint32_t item_count;
    /* Number of the server seed in use. */
    uint32_t seed_number;
    /* SHA-256 of that seed. */
    struct hash seed_hash;
    /* SHA-256 of the seed after it. */
    struct hash next_seed_hash;
    /* The client seed until the player chooses one: the player id. [0 to 64 bytes] */
    struct slice client_seed;
};

struct pull_list {
    struct pull *items;
    uint32_t count;
};

/* A player opened a pack. */
struct event_pack_opened {
    /* The player. */
    struct uuid player;
    /* Number of this opening of the player, from 1. */
    uint32_t opening;
    /* The pack. */
    struct slug pack;
    /* Version of its table. */
    uint32_t pack_version;
    /* What paid. */
    enum payment payment;
    /* Free currency spent. */
    uint64_t cost_free;
    /* Paid currency spent. */
    uint64_t cost_paid;
    /* Free currency after it. */
    uint64_t free;
    /* Paid currency after it. */
    uint64_t paid;
    /* Item spent, for payment item. [optional] */
    struct slug item;
    /* How many of it are left. */
    uint32_t item_count;
    /* Number of the server seed. */
    uint32_t seed_number;
    /* Nonce of the first draw; the others follow. */
    uint64_t first_nonce;
    /* What was drawn. [1 to 10 entries] */
    struct pull_list pulls;
    /* Pity group of the pack. */
    struct slug pity_group;
    /* Pity counter after it. */
    uint32_t pity;
    /* When. */
    int64_t opened_at;
};

/* A player was given something. */
struct event_granted {
    /* The player. */
    struct uuid player;
    /* The caller's own id of the grant. [0 to 64 bytes] */
    struct slice external_id;
    /* What. */
    enum grant_kind kind;
    /* Which item. [optional] */
    struct slug item;
    /* How much. */
    uint64_t amount;
    /* Free currency after it. */
    uint64_t free;
    /* Paid currency after it. */
    uint64_t paid;
    /* Count of the item after it. */
    uint32_t item_count;
    /* For the history. [optional, 0 to 120 bytes] */
    struct slice reason;
    /* When. */
    int64_t granted_at;
};

/* A team was formed. */
struct event_team_formed {
    /* The player. */
    struct uuid player;
    /* Number of the team, from 1, never reused. */
    uint32_t team;
    /* Its name. [personal, 0 to 40 bytes] */
    struct slice name;
    /* Its characters. [4 to 4 entries] */
    struct slug_list members;
};

/* A team was changed. */
struct event_team_changed {
    /* The player. */
    struct uuid player;
    /* Number of the team, from 1, never reused. */
    uint32_t team;
    /* Its name. [personal, 0 to 40 bytes] */
    struct slice name;
    /* Its characters. [4 to 4 entries] */
    struct slug_list members;
};

/* A team was disbanded. */
struct event_team_disbanded {
    /* The player. */
    struct uuid player;
    /* Number of the team. */
    uint32_t team;
};

/* A player took another name. */
struct event_player_renamed {
    /* The player. */
    struct uuid player;
    /* The new name. [personal, 0 to 40 bytes] */
    struct slice display_name;
    /* Where the account stands. */
    enum player_status status;
    /* Since when the player is in the game. */
    int64_t registered_at;
};

/* The server seed in use was revealed and the next one took its place. */
struct event_seed_rotated {
    /* The player. */
    struct uuid player;
    /* Number of the revealed seed. */
    uint32_t revealed_number;
    /* The seed itself: check its hash and recompute its draws. */
    struct hash revealed_seed;
    /* How many draws used it. */
    uint64_t revealed_draws;
    /* Number of the seed now in use. */
    uint32_t seed_number;
    /* SHA-256 of it. */
    struct hash seed_hash;
    /* SHA-256 of the one after it. */
    struct hash next_seed_hash;
    /* The player's seed from now on. [0 to 64 bytes] */
    struct slice client_seed;
};

/* This user never becomes a player; its registration was undone and it is being deleted. */
struct event_enrolment_refused {
    /* The user. */
    struct uuid player;
    /* The registration that made it. */
    struct uuid registration;
    /* When. */
    int64_t refused_at;
};

/* Keycloak has no such user any more. The player keeps everything until it is erased, and comes back if
 * the user does. */
struct event_player_deactivated {
    /* The player. */
    struct uuid player;
    /* Its name. [personal, 0 to 40 bytes] */
    struct slice display_name;
    /* Since when it is in the game. */
    int64_t registered_at;
    /* When. */
    int64_t deactivated_at;
    /* Seconds until it is erased, unless the user is there by then. */
    uint32_t grace_s;
    /* For the history. [optional, 0 to 120 bytes] */
    struct slice reason;
};

/* The user is there again before the player was erased. */
struct event_player_reactivated {
    /* The player. */
    struct uuid player;
    /* Its name. [personal, 0 to 40 bytes] */
    struct slice display_name;
    /* Since when it is in the game. */
    int64_t registered_at;
    /* When. */
    int64_t reactivated_at;
};

struct u32_list {
    uint32_t *items;
    uint32_t count;
};

/* The player is gone for good. Its personal key is destroyed behind this event: every personal field of
 * the stream reads `erased`. */
struct event_player_erased {
    /* The player. */
    struct uuid player;
    /* Since when it was in the game. */
    int64_t registered_at;
    /* Numbers of its teams; their names went with the key. [0 to 20 entries] */
    struct u32_list teams;
    /* When. */
    int64_t erased_at;
    /* For the history. [optional, 0 to 120 bytes] */
    struct slice reason;
};

/* A pack, or a new version of it, went on sale. */
struct event_pack_published {
    /* Its key. */
    struct slug pack;
    /* Version of the table, from 1. */
    uint32_t version;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* Price of one opening. */
    uint64_t price;
    /* Price of ten at once. */
    uint64_t ten_price;
    /* Weights of the rarities. [0 to 8 entries] */
    struct rarity_weight_list rarities;
    /* The characters and their weights within their rarity. [0 to 256 entries] */
    struct pack_entry_list entries;
    /* Characters of the version before that are no longer in it. [0 to 256 entries] */
    struct slug_list dropped;
    /* Packs of one group share their pity counter. */
    struct slug pity_group;
    /* Draws within which pity_rarity is certain; 0 for none. */
    uint32_t hard_pity;
    /* What hard pity promises. */
    enum rarity pity_rarity;
    /* The item that opens it. [optional] */
    struct slug item;
    /* Whether stock limits it. */
    bool limited;
    /* When. */
    int64_t published_at;
};

/* A pack went off sale. */
struct event_pack_retired {
    /* Which. */
    struct slug pack;
    /* When. */
    int64_t retired_at;
    /* Version of its table. */
    uint32_t version;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* Price of one opening. */
    uint64_t price;
    /* Price of ten at once. */
    uint64_t ten_price;
    /* Its pity group. */
    struct slug pity_group;
    /* Draws within which pity_rarity was certain; 0 for none. */
    uint32_t hard_pity;
    /* What hard pity promised. */
    enum rarity pity_rarity;
    /* The item that opened it. [optional] */
    struct slug item;
    /* Whether stock limited it. */
    bool limited;
};

/* The stock of a limited pack was set. */
struct event_stock_set {
    /* Which. */
    struct slug pack;
    /* Whether stock limits the pack. */
    bool limited;
    /* Draws left. */
    uint64_t remaining;
};

/* An opening took from the stock. */
struct event_stock_taken {
    /* Which. */
    struct slug pack;
    /* Draws taken. */
    uint32_t taken;
    /* Draws left. */
    uint64_t remaining;
};

/* A character is in the catalogue. */
struct event_character_published {
    /* Its key. */
    struct slug character;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* Its rarity. */
    enum rarity rarity;
    /* A sentence about it. [optional, 0 to 400 bytes] */
    struct slice description;
};

/* An item is in the catalogue. */
struct event_item_published {
    /* Its key. */
    struct slug item;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* A sentence about it. [optional, 0 to 400 bytes] */
    struct slice description;
};

/* What a new player starts with. */
struct event_starting_balance_set {
    /* Free currency. */
    uint64_t free;
    /* An item. [optional] */
    struct slug item;
    /* How many of it. */
    uint32_t item_count;
};

/* A `register`, `play_as_guest` or `claim_account` was taken; from here on there may be a user in Keycloak
 * that carries its id. */
struct event_registration_begun {
    /* Its command id, which the user carries as attribute registration_id. */
    struct uuid registration;
    /* When. */
    int64_t begun_at;
    /* The guest who claims the account; none for a new user. [optional] */
    struct uuid guest;
};

/* The user is there and is a player, or will be at the first sign-in. */
struct event_registration_finished {
    /* The registration. */
    struct uuid registration;
    /* The user. */
    struct uuid player;
    /* When. */
    int64_t finished_at;
};

/* It was not finished in time; a user that carries its id is deleted. */
struct event_registration_undone {
    /* The registration. */
    struct uuid registration;
    /* When. */
    int64_t undone_at;
};

/* A player's profile and the proof material in use. */
struct row_player {
    /* The player. */
    struct uuid player;
    /* Name that others see; erased once the player is. [0 to 40 bytes] */
    struct slice display_name;
    /* Where the account stands. */
    enum player_status status;
    /* Since when. */
    int64_t registered_at;
};

/* The seeds in use for a player's draws. */
struct row_proof {
    /* The player. */
    struct uuid player;
    /* Number of the server seed in use. */
    uint32_t seed_number;
    /* SHA-256 of it. */
    struct hash seed_hash;
    /* SHA-256 of the one after it. */
    struct hash next_seed_hash;
    /* The player's seed. [0 to 64 bytes] */
    struct slice client_seed;
};

/* A player's currency. */
struct row_wallet {
    /* The player. */
    struct uuid player;
    /* Free currency. */
    uint64_t free;
    /* Paid currency. */
    uint64_t paid;
};

/* A character a player owns. */
struct row_character {
    /* The player. */
    struct uuid player;
    /* The character. */
    struct slug character;
    /* Its rarity. */
    enum rarity rarity;
    /* How many copies. */
    uint32_t copies;
};

/* An item a player owns. */
struct row_item {
    /* The player. */
    struct uuid player;
    /* The item. */
    struct slug item;
    /* How many. */
    uint32_t count;
};

/* A team of four. */
struct row_team {
    /* The player. */
    struct uuid player;
    /* Number of the team. */
    uint32_t team;
    /* Its name. [0 to 40 bytes] */
    struct slice name;
    /* Its characters. [0 to 4 entries] */
    struct slug_list members;
};

/* How far a player is from hard pity. */
struct row_pity {
    /* The player. */
    struct uuid player;
    /* The group of packs. */
    struct slug pity_group;
    /* Draws since the last of the promised rarity. */
    uint32_t draws;
};

/* One opening in a player's full history. */
struct row_opening {
    /* The player. */
    struct uuid player;
    /* Its number, from 1. */
    uint32_t opening;
    /* The pack. */
    struct slug pack;
    /* Version of its table. */
    uint32_t pack_version;
    /* Free currency spent. */
    uint64_t cost_free;
    /* Paid currency spent. */
    uint64_t cost_paid;
    /* Item spent. [optional] */
    struct slug item;
    /* Number of the server seed. */
    uint32_t seed_number;
    /* Nonce of the first draw. */
    uint64_t first_nonce;
    /* What was drawn. [0 to 10 entries] */
    struct pull_list pulls;
    /* When. */
    int64_t opened_at;
};

/* A pack. */
struct row_pack {
    /* Its key. */
    struct slug pack;
    /* Version of its table. */
    uint32_t version;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* Whether it can be opened. */
    enum pack_status status;
    /* Price of one opening. */
    uint64_t price;
    /* Price of ten at once. */
    uint64_t ten_price;
    /* Its pity group. */
    struct slug pity_group;
    /* Draws within which pity_rarity is certain; 0 for none. */
    uint32_t hard_pity;
    /* What hard pity promises. */
    enum rarity pity_rarity;
    /* The item that opens it. [optional] */
    struct slug item;
    /* Whether stock limits it. */
    bool limited;
};

/* The exact chance of one character in one draw of a pack, pity apart: numerator / denominator. */
struct row_odds {
    /* The pack. */
    struct slug pack;
    /* The character. */
    struct slug character;
    /* Its rarity. */
    enum rarity rarity;
    /* Ways to draw it... */
    uint64_t numerator;
    /* ...out of this many. */
    uint64_t denominator;
    /* Version of the pack's table. */
    uint32_t version;
    /* Weight of its rarity: what the draw itself uses, to recompute it. */
    uint32_t rarity_weight;
    /* Its weight within its rarity. */
    uint32_t weight;
};

/* What is left of a limited pack. */
struct row_stock {
    /* The pack. */
    struct slug pack;
    /* Whether stock limits the pack. */
    bool limited;
    /* Draws left. */
    uint64_t remaining;
};

/* A character of the catalogue. */
struct row_character_info {
    /* Its key. */
    struct slug character;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* Its rarity. */
    enum rarity rarity;
    /* A sentence about it. [optional, 0 to 400 bytes] */
    struct slice description;
};

/* An item of the catalogue. */
struct row_item_info {
    /* Its key. */
    struct slug item;
    /* Its name. [0 to 60 bytes] */
    struct slice name;
    /* A sentence about it. [optional, 0 to 400 bytes] */
    struct slice description;
};

/* How often a character was drawn from one version of a pack: to be held against its published odds. */
struct row_pull_statistic {
    /* The pack. */
    struct slug pack;
    /* Version of its table. */
    uint32_t version;
    /* The character. */
    struct slug character;
    /* Draws that gave it, of all players. */
    uint64_t observed;
};

/* A character that a player owns. */
struct kept_character {
    /* The character. [optional] */
    struct slug character;
    /* Its rarity. */
    uint8_t rarity;
    /* Copies of it. */
    uint32_t copies;
};

/* A number by key. */
struct kept_count {
    /* What is counted. [optional] */
    struct slug key;
    /* How many. */
    uint32_t count;
};

/* A team. */
struct kept_team {
    /* Its number. */
    uint32_t number;
    /* Its name. [personal, 0 to 64 bytes] */
    struct slice name;
    /* Its characters, those that are there. [0 to 4 entries] */
    struct slug_list members;
};

struct kept_character_list {
    struct kept_character *items;
    uint32_t count;
};

struct kept_count_list {
    struct kept_count *items;
    uint32_t count;
};

struct kept_team_list {
    struct kept_team *items;
    uint32_t count;
};

/* A player's stream. */
struct snapshot_player {
    /* enum player_situation. */
    uint8_t situation;
    /* The player. [optional] */
    struct uuid id;
    /* Name that others see. [personal, 0 to 64 bytes] */
    struct slice display_name;
    /* When the player came. */
    int64_t registered_at;
    /* Free currency. */
    uint64_t free;
    /* Paid currency. */
    uint64_t paid;
    /* Number of the server seed in use. */
    uint32_t seed_number;
    /* Its hash. */
    struct hash seed_hash;
    /* Hash of the one after it. */
    struct hash next_seed_hash;
    /* The player's seed. [0 to 64 bytes] */
    struct slice client_seed;
    /* Draws made with the seed in use. */
    uint64_t next_nonce;
    /* Openings so far. */
    uint32_t openings;
    /* Number of the next team. */
    uint32_t next_team;
    /* By key. [0 to 65535 entries] */
    struct kept_character_list characters;
    /* By key. [0 to 65535 entries] */
    struct kept_count_list items;
    /* By pity group. [0 to 65535 entries] */
    struct kept_count_list pities;
    /* By number. [0 to 65535 entries] */
    struct kept_team_list teams;
};

/* A pack's stream. */
struct snapshot_pack {
    /* enum pack_situation. */
    uint8_t situation;
    /* Its key. [optional] */
    struct slug pack;
    /* Version of its table. */
    uint32_t version;
    /* Its name. [0 to 64 bytes] */
    struct slice name;
    /* Price of one opening. */
    uint64_t price;
    /* Price of ten at once. */
    uint64_t ten_price;
    /* Weights of the rarities. [0 to 65535 entries] */
    struct rarity_weight_list rarities;
    /* The characters and their weights. [0 to 65535 entries] */
    struct pack_entry_list entries;
    /* Its pity group. [optional] */
    struct slug pity_group;
    /* Draws within which pity_rarity is certain. */
    uint32_t hard_pity;
    /* What hard pity promises. */
    uint8_t pity_rarity;
    /* The item that opens it. [optional] */
    struct slug item;
    /* Whether stock limits it. */
    bool limited;
    /* When. */
    int64_t published_at;
};

/* A limited pack's stock. */
struct snapshot_stock {
    /* enum stock_situation. */
    uint8_t situation;
    /* Draws left. */
    uint64_t remaining;
};

/* The catalogue. */
struct snapshot_catalogue {
    /* By key, with the rarity as count. [0 to 65535 entries] */
    struct kept_count_list characters;
    /* By key. [0 to 65535 entries] */
    struct slug_list items;
    /* Free currency of a new player. */
    uint64_t free;
    /* Item of a new player. [optional] */
    struct slug item;
    /* How many of it. */
    uint32_t item_count;
};

/* One registration. */
struct snapshot_registration {
    /* enum registration_situation. */
    uint8_t situation;
    /* The guest whose claim it is. [optional] */
    struct uuid guest;
};

/* An event with its type. */
struct event {
    enum event_type type;
    union {
        struct event_player_registered player_registered;
        struct event_pack_opened pack_opened;
        struct event_granted granted;
        struct event_team_formed team_formed;
        struct event_team_changed team_changed;
        struct event_team_disbanded team_disbanded;
        struct event_player_renamed player_renamed;
        struct event_seed_rotated seed_rotated;
        struct event_enrolment_refused enrolment_refused;
        struct event_player_deactivated player_deactivated;
        struct event_player_reactivated player_reactivated;
        struct event_player_erased player_erased;
        struct event_pack_published pack_published;
        struct event_pack_retired pack_retired;
        struct event_stock_set stock_set;
        struct event_stock_taken stock_taken;
        struct event_character_published character_published;
        struct event_item_published item_published;
        struct event_starting_balance_set starting_balance_set;
        struct event_registration_begun registration_begun;
        struct event_registration_finished registration_finished;
        struct event_registration_undone registration_undone;
    };
};

/* A command with its type. */
struct command {
    enum command_type type;
    union {
        struct command_enrol_player enrol_player;
        struct command_open_pack open_pack;
        struct command_form_team form_team;
        struct command_change_team change_team;
        struct command_disband_team disband_team;
        struct command_rename_player rename_player;
        struct command_rotate_seed rotate_seed;
        struct command_begin_registration begin_registration;
        struct command_finish_registration finish_registration;
        struct command_undo_registration undo_registration;
        struct command_refuse_enrolment refuse_enrolment;
        struct command_reactivate_player reactivate_player;
        struct command_publish_character publish_character;
        struct command_publish_item publish_item;
        struct command_set_starting_balance set_starting_balance;
        struct command_publish_pack publish_pack;
        struct command_retire_pack retire_pack;
        struct command_grant grant;
        struct command_deactivate_player deactivate_player;
        struct command_erase_player erase_player;
    };
};

/* A row of a view: `position` is that of the event that last touched it; `deleted` marks a tombstone, of
 * which only the key counts. */
struct row {
    enum view view;
    uint64_t position;
    bool deleted;
    union {
        struct row_player player;
        struct row_proof proof;
        struct row_wallet wallet;
        struct row_character character;
        struct row_item item;
        struct row_team team;
        struct row_pity pity;
        struct row_opening opening;
        struct row_pack pack;
        struct row_odds odds;
        struct row_stock stock;
        struct row_character_info character_info;
        struct row_item_info item_info;
        struct row_pull_statistic pull_statistic;
    };
};

/* What a state is made of, without its memory. */
struct snapshot {
    enum stream_kind kind;
    union {
        struct snapshot_player player;
        struct snapshot_pack pack;
        struct snapshot_stock stock;
        struct snapshot_catalogue catalogue;
        struct snapshot_registration registration;
    };
};

#endif
