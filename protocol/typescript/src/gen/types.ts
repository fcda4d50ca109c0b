/* types: what the protocol's messages hold, by name.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again. */

/** How rare a character is. A newer server may send values that are not known here: `unknown`. */
export type Rarity = "common" | "rare" | "epic" | "legendary" | "unknown";

/** What pays for an opening. A newer server may send values that are not known here: `unknown`. */
export type Payment = "currency" | "item" | "unknown";

/** What a grant gives. A newer server may send values that are not known here: `unknown`. */
export type GrantKind = "free_currency" | "paid_currency" | "item" | "unknown";

/** Where a player's account stands. A newer server may send values that are not known here: `unknown`. */
export type PlayerStatus = "active" | "deactivated" | "erased" | "unknown";

/** How a player came in. A newer server may send values that are not known here: `unknown`. */
export type Door = "registered" | "enrolled" | "guest" | "unknown";

/** Whether a pack can be opened. A newer server may send values that are not known here: `unknown`. */
export type PackStatus = "on_sale" | "retired" | "unknown";

/** When the reply to a command leaves. A newer server may send values that are not known here: `unknown`. */
export type Consistency = "strong" | "eventual" | "unknown";

/** Whether the same message can succeed when it is sent again. A newer server may send values that are not known here: `unknown`. */
export type Retry = "never" | "now" | "later" | "sign_in" | "unknown";

/** Who may see a row. A newer server may send values that are not known here: `unknown`. */
export type Audience = "own" | "public" | "unknown";

/** What a client does after a close. A newer server may send values that are not known here: `unknown`. */
export type CloseAdvice = "at_once" | "later" | "sign_in" | "never" | "unknown";

/** Names of errors; a newer server may send others. */
export type ErrorName =
  | "malformed"
  | "type_unknown"
  | "field_missing"
  | "field_wrong_type"
  | "field_out_of_range"
  | "id_invalid"
  | "command_id_missing"
  | "too_deep"
  | "too_many_values"
  | "id_in_use"
  | "signed_out"
  | "signed_in_already"
  | "forbidden"
  | "token_invalid"
  | "token_expired"
  | "token_revoked"
  | "token_other_subject"
  | "identity_unavailable"
  | "insecure_transport"
  | "wrong_path"
  | "too_many_in_flight"
  | "overloaded"
  | "store_unavailable"
  | "view_unavailable"
  | "view_behind"
  | "conflict"
  | "draining"
  | "internal"
  | "command_id_reused"
  | "rate_limited"
  | "email_taken"
  | "email_invalid"
  | "password_weak"
  | "display_name_invalid"
  | "player_exists"
  | "player_unknown"
  | "player_inactive"
  | "registration_undone"
  | "registration_settled"
  | "registration_unknown"
  | "not_a_guest"
  | "player_active"
  | "account_incomplete"
  | "account_disabled"
  | "pack_unknown"
  | "pack_retired"
  | "count_invalid"
  | "wallet_insufficient"
  | "item_insufficient"
  | "pack_not_owned_as_item"
  | "stock_exhausted"
  | "team_size_invalid"
  | "team_member_repeated"
  | "character_not_owned"
  | "team_name_invalid"
  | "team_unknown"
  | "teams_full"
  | "client_seed_invalid"
  | "rarity_changed"
  | "catalogue_full"
  | "character_unknown"
  | "item_unknown"
  | "pack_table_invalid"
  | "amount_invalid";

/** One character drawn. */
export interface Pull {
  /** The character drawn. */
  readonly character: string;
  /** Its rarity. */
  readonly rarity: Rarity;
  /** Copies the player owns after this draw; 1 is a new character. */
  readonly copies: number;
}

/** The weight of one rarity in a pack. */
export interface RarityWeight {
  /** The rarity. */
  readonly rarity: Rarity;
  /** Its weight; the chance is weight / sum of the weights. */
  readonly weight: number;
}

/** One character a pack can draw. */
export interface PackEntry {
  /** The character. */
  readonly character: string;
  /** Its rarity. */
  readonly rarity: Rarity;
  /** Its weight among the characters of its rarity. */
  readonly weight: number;
}

/** What the server accepts, told in hello. */
export interface Limits {
  /** Longest frame accepted. */
  readonly frameMaxBytes: number;
  /** Requests one socket may have unanswered. */
  readonly inFlightMax: number;
  /** Messages one frame may hold. */
  readonly messagesPerFrameMax: number;
  /** Time to sign in before the socket is closed. */
  readonly signInWithinMs: number;
  /** An idle socket hears a tick this often. */
  readonly tickEveryMs: number;
  /** Messages one socket may send a second once it is signed in, two seconds' worth at once; before that a fifth. 0: no limit. Beyond it: rate_limited. */
  readonly messagesPerSecond: number;
}

/** The fourth element of a request. Absent elements read as their defaults. */
export interface Meta {
  /** The command's id, made by the client (UUIDv7, never version 8); required for commands. */
  readonly commandId: string | null;
  /** When the reply leaves. */
  readonly consistency: Consistency;
  /** A query waits (bounded) until the views hold this position. */
  readonly atLeast: bigint;
  /** W3C trace context. */
  readonly traceparent: string | null;
}

/** The fourth element of a reply. */
export interface ReplyMeta {
  /** Position of the command's last event; for a query the position its rows are complete to. */
  readonly position: bigint;
  /** Position the views hold. Less than position: stored, but the views are behind. */
  readonly viewPosition: bigint;
}

/** Rows of one view. */
export interface Change {
  /** Number of the view. */
  readonly view: number;
  /** Array of rows; each is [position, deleted, key and values in the view's order]. */
  readonly rows: Uint8Array;
}

/** The server's first message on every socket. */
export interface HelloMessage {
  /** Protocol version spoken. */
  readonly protocol: number;
  /** Oldest protocol version still served. */
  readonly oldestClient: number;
  /** The log's epoch; marks of another epoch mean nothing. */
  readonly epoch: string;
  /** The server's clock. */
  readonly time: number;
  /** Name and version of the server. */
  readonly server: string;
  /** What it accepts. */
  readonly limits: Limits;
  /** Where tokens come from: the OpenID Connect issuer, whose discovery document names the endpoints. */
  readonly issuer: string | null;
  /** The issuer's public client for players: a client asks for tokens as this one. */
  readonly clientId: string | null;
}

/** Sent when a socket was idle for a while, as browsers cannot see pings. */
export interface TickMessage {
  /** The server's clock. */
  readonly time: number;
  /** The client's mark for its own rows; 0 when it does not follow them. */
  readonly ownMark: bigint;
  /** The client's mark for public rows. */
  readonly publicMark: bigint;
}

/** Answers a request that did not succeed (same id), or names what was wrong with a message that had no id (id 0). */
export interface ErrorMessage {
  /** One of the errors below. */
  readonly code: number;
  /** The error's name. */
  readonly name: string;
  /** Whether sending it again can help. */
  readonly retry: Retry;
  /** When, for retry later. */
  readonly retryAfterMs: number;
  /** Which field, which limit; for people. */
  readonly detail: string | null;
}

/** Signs the socket in with an access token. A player of whom the game knows nothing is enrolled. */
export interface SignInMessage {
  /** The access token that Keycloak issued. */
  readonly token: string;
  /** Name for a player enrolled now; else the token's preferred name. */
  readonly displayName: string | null;
}

/** Answers sign_in. */
export interface SignInReply {
  /** The player's id (the token's subject). */
  readonly player: string;
  /** When the token expires. */
  readonly expiresAt: number;
  /** Whether this sign-in enrolled the player. */
  readonly enrolled: boolean;
  /** Roles the game knows. */
  readonly roles: readonly string[];
}

/** Gives the open socket a fresh token of the same subject. */
export interface RefreshMessage {
  /** The fresh access token. */
  readonly token: string;
}

/** Answers refresh. */
export interface RefreshReply {
  /** When it expires. */
  readonly expiresAt: number;
}

/** Answered from memory. */
export interface PingMessage {}

/** Answers ping. */
export interface PingReply {
  /** The server's clock. */
  readonly time: number;
}

/** Starts the live feed. Rows newer than the marks come first (or all rows, where a mark cannot be used), then every change. */
export interface FollowMessage {
  /** Epoch of the marks; none for a first visit. */
  readonly epoch: string | null;
  /** Generation of the views the marks belong to. */
  readonly generation: bigint;
  /** Last mark of the own rows. */
  readonly own: bigint;
  /** Last mark of the public rows. */
  readonly public: bigint;
}

/** Answers follow. */
export interface FollowReply {
  /** The log's epoch. */
  readonly epoch: string;
  /** The views' generation. */
  readonly generation: bigint;
  /** The own rows that follow are all there are: they replace the replica. */
  readonly ownWhole: boolean;
  /** The same for the public rows. */
  readonly publicWhole: boolean;
}

/** Rows that changed. Apply by key, newest position wins. */
export interface ChangedMessage {
  /** Whose rows. */
  readonly audience: Audience;
  /** The client's mark once this message is applied; 0 while more of a catch-up follows. */
  readonly mark: bigint;
  /** The rows, view by view. */
  readonly changes: readonly Change[];
}

/** The token expires soon: send refresh. */
export interface ExpiringMessage {
  /** When. */
  readonly expiresAt: number;
}

/** Sent before the server closes the socket of its own will. */
export interface ClosingMessage {
  /** The close code that follows. */
  readonly code: number;
  /** What to do. */
  readonly advice: CloseAdvice;
  /** When, for advice later. */
  readonly retryAfterMs: number;
}

/** Makes a user in Keycloak and a player in the game, and signs the socket in. Only on /join, only over a secure transport. */
export interface RegisterMessage {
  /** E-mail address; lives in Keycloak alone. */
  readonly email: string;
  /** Password; lives in Keycloak alone. */
  readonly password: string;
  /** Name that others see. */
  readonly displayName: string;
}

/** Answers register. */
export interface RegisterReply {
  /** The new player's id. */
  readonly player: string;
  /** Access token. */
  readonly accessToken: string;
  /** Refresh token. */
  readonly refreshToken: string;
  /** When the access token expires. */
  readonly expiresAt: number;
}

/** The token in the Authorization header was good; what a sign_in would have been answered. */
export interface SignedInMessage {
  /** The player's id (the token's subject). */
  readonly player: string;
  /** When the token expires. */
  readonly expiresAt: number;
  /** Whether this sign-in enrolled the player. */
  readonly enrolled: boolean;
  /** Roles the game knows. */
  readonly roles: readonly string[];
}

/** Play first, register later: makes a user in Keycloak without e-mail address and a player in the game, and signs the socket in. Keep `user_name` and the secret, they sign in again by direct grant; claim_account makes a full account of it, of the same player. Only on /join, only over a secure transport. */
export interface PlayAsGuestMessage {
  /** A long random text that the client makes and keeps: the guest's password. Sent again with the same command id it must be the same. */
  readonly secret: string;
  /** Name that others see; the server makes one for an empty one. */
  readonly displayName: string;
}

/** Answers play_as_guest. */
export interface PlayAsGuestReply {
  /** The new player's id. */
  readonly player: string;
  /** Access token. */
  readonly accessToken: string;
  /** Refresh token. */
  readonly refreshToken: string;
  /** When the access token expires. */
  readonly expiresAt: number;
  /** The guest's user name in Keycloak. */
  readonly userName: string;
}

/** Gives the signed-in guest an e-mail address and a password; the player and all it owns stay. The guest's secret is void and every session that it opened is ended; the socket goes on with the tokens of the reply. Only over a secure transport. */
export interface ClaimAccountMessage {
  /** E-mail address; lives in Keycloak alone. */
  readonly email: string;
  /** Password; lives in Keycloak alone. */
  readonly password: string;
}

/** Answers claim_account. */
export interface ClaimAccountReply {
  /** The player's id, as before. */
  readonly player: string;
  /** Access token. */
  readonly accessToken: string;
  /** Refresh token. */
  readonly refreshToken: string;
  /** When the access token expires. */
  readonly expiresAt: number;
}

/** What every list_ query takes. */
export interface ListQuery {
  /** Where to go on: `next` of the page before; empty for the first. */
  readonly after: Uint8Array | null;
  /** Rows a page, 1 to 500. */
  readonly limit: number;
  /** Whose rows: oneself by default, anyone for operators. */
  readonly player: string | null;
}

/** What every list_ query answers. */
export interface ListReply {
  /** Array of rows, as in `changed`. */
  readonly rows: Uint8Array;
  /** Where the next page starts; empty at the end. */
  readonly next: Uint8Array | null;
}

/** Makes a player of a Keycloak user; issued by the server at registration and at the first sign-in. */
export interface EnrolPlayerCommand {
  /** The user's subject. */
  readonly player: string;
  /** Name that others see. */
  readonly displayName: string;
  /** How the player came in. */
  readonly door: Door;
}

/** Opens a pack once or ten times. */
export interface OpenPackCommand {
  /** Which pack. */
  readonly pack: string;
  /** 1 or 10. */
  readonly count: number;
  /** Currency (free first) or the pack's own item. */
  readonly payment: Payment;
}

/** Forms a team of four different characters of one's own. */
export interface FormTeamCommand {
  /** The team's name. */
  readonly name: string;
  /** Four different owned characters. */
  readonly members: readonly string[];
}

/** Gives a team another name and members. */
export interface ChangeTeamCommand {
  /** Number of the team. */
  readonly team: number;
  /** Its name. */
  readonly name: string;
  /** Four different owned characters. */
  readonly members: readonly string[];
}

/** Disbands a team. */
export interface DisbandTeamCommand {
  /** Number of the team. */
  readonly team: number;
}

/** Changes the name that others see. */
export interface RenamePlayerCommand {
  /** The new name. */
  readonly displayName: string;
}

/** Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a client seed of the player's choice. */
export interface RotateSeedCommand {
  /** Any text; mixed into every draw from now on. */
  readonly clientSeed: string;
}

/** Takes a `register` down before Keycloak is asked. Its command id is the client's, so that another content under it is refused here. */
export interface BeginRegistrationCommand {
  /** The command id of the `register`. */
  readonly registration: string;
  /** Keyed digest of e-mail and display name; only a digest of it is stored. */
  readonly content: Uint8Array;
  /** The guest who claims the account; none for a new user. */
  readonly guest: string | null;
}

/** The user is there; makes the player if the game does not know it yet, in one commit with the registration's end. */
export interface FinishRegistrationCommand {
  /** The user's subject. */
  readonly player: string;
  /** The registration. */
  readonly registration: string;
  /** Name that others see; an empty one makes no player, who is enrolled at the first sign-in. */
  readonly displayName: string;
  /** How the player comes in. */
  readonly door: Door;
}

/** Gives a registration up that was never finished. The user it made, if any, must not be a player. */
export interface UndoRegistrationCommand {
  /** The user that was found; none if there is none. */
  readonly player: string | null;
  /** The registration. */
  readonly registration: string;
}

/** Closes the game to a user of a registration that was undone, before the user is deleted: who signs in meanwhile is not enrolled. */
export interface RefuseEnrolmentCommand {
  /** The user's subject. */
  readonly player: string;
  /** The registration that was undone. */
  readonly registration: string;
}

/** The user of a deactivated player is there again: it signed in, or Keycloak was asked before the erasure. */
export interface ReactivatePlayerCommand {
  /** The player. */
  readonly player: string;
}

/** Adds a character to the catalogue or changes its texts. */
export interface PublishCharacterCommand {
  /** Its key. */
  readonly character: string;
  /** Its name. */
  readonly name: string;
  /** Its rarity; never changes once published. */
  readonly rarity: Rarity;
  /** A sentence about it. */
  readonly description: string | null;
}

/** Adds an item to the catalogue or changes its texts. */
export interface PublishItemCommand {
  /** Its key. */
  readonly item: string;
  /** Its name. */
  readonly name: string;
  /** A sentence about it. */
  readonly description: string | null;
}

/** Says what a new player starts with. */
export interface SetStartingBalanceCommand {
  /** Free currency. */
  readonly free: bigint;
  /** An item; none for nothing. */
  readonly item: string | null;
  /** How many of it. */
  readonly itemCount: number;
}

/** Publishes a pack, or a new version of it. */
export interface PublishPackCommand {
  /** Its key. */
  readonly pack: string;
  /** Its name. */
  readonly name: string;
  /** Price of one opening. */
  readonly price: bigint;
  /** Price of ten at once. */
  readonly tenPrice: bigint;
  /** Weights of the rarities. */
  readonly rarities: readonly RarityWeight[];
  /** The characters and their weights within their rarity. */
  readonly entries: readonly PackEntry[];
  /** Packs of one group share their pity counter. */
  readonly pityGroup: string;
  /** Draws within which one of pity_rarity or better is certain; 0 for none. */
  readonly hardPity: number;
  /** The rarity that hard pity promises and whose draw resets it. */
  readonly pityRarity: Rarity;
  /** The item that opens this pack instead of currency; none if it cannot be owned. */
  readonly item: string | null;
  /** Whether stock limits it. */
  readonly limited: boolean;
  /** How many draws there are, if limited. */
  readonly stock: bigint;
}

/** Takes a pack off sale. */
export interface RetirePackCommand {
  /** Which pack. */
  readonly pack: string;
}

/** Gives a player currency or an item. Repeated with the same external_id it has one effect, for ever. */
export interface GrantCommand {
  /** Who receives it. */
  readonly player: string;
  /** The caller's own id of this grant. */
  readonly externalId: string;
  /** What is given. */
  readonly kind: GrantKind;
  /** Which item, for kind item. */
  readonly item: string | null;
  /** How much or how many. */
  readonly amount: bigint;
  /** For the history. */
  readonly reason: string | null;
}

/** Says that Keycloak has no such user any more. The server does so itself when it hears of a deletion; operators where it could not hear. The player is erased after the grace time, unless the user is there again. */
export interface DeactivatePlayerCommand {
  /** Whose user is gone. */
  readonly player: string;
  /** Seconds until it is erased, unless the user is there by then. */
  readonly graceS: number;
  /** For the history. */
  readonly reason: string | null;
}

/** Erases a player at once and for good: its personal key is destroyed and its user deleted in Keycloak. Issued by the server when the grace time of a deactivated player is over. */
export interface ErasePlayerCommand {
  /** Who is erased. */
  readonly player: string;
  /** For the history. */
  readonly reason: string | null;
  /** Also one who is not deactivated. */
  readonly evenActive: boolean;
}

/** A player came into the game. */
export interface PlayerRegistered {
  /** The player. */
  readonly player: string;
  /** Name that others see. */
  readonly displayName: string;
  /** How the player came in. */
  readonly door: Door;
  /** When. */
  readonly registeredAt: number;
  /** Free currency to start with. */
  readonly free: bigint;
  /** Item to start with. */
  readonly item: string | null;
  /** How many of it. */
  readonly itemCount: number;
  /** Number of the server seed in use. */
  readonly seedNumber: number;
  /** SHA-256 of that seed. */
  readonly seedHash: Uint8Array;
  /** SHA-256 of the seed after it. */
  readonly nextSeedHash: Uint8Array;
  /** The client seed until the player chooses one: the player id. */
  readonly clientSeed: string;
}

/** A player opened a pack. */
export interface PackOpened {
  /** The player. */
  readonly player: string;
  /** Number of this opening of the player, from 1. */
  readonly opening: number;
  /** The pack. */
  readonly pack: string;
  /** Version of its table. */
  readonly packVersion: number;
  /** What paid. */
  readonly payment: Payment;
  /** Free currency spent. */
  readonly costFree: bigint;
  /** Paid currency spent. */
  readonly costPaid: bigint;
  /** Free currency after it. */
  readonly free: bigint;
  /** Paid currency after it. */
  readonly paid: bigint;
  /** Item spent, for payment item. */
  readonly item: string | null;
  /** How many of it are left. */
  readonly itemCount: number;
  /** Number of the server seed. */
  readonly seedNumber: number;
  /** Nonce of the first draw; the others follow. */
  readonly firstNonce: bigint;
  /** What was drawn. */
  readonly pulls: readonly Pull[];
  /** Pity group of the pack. */
  readonly pityGroup: string;
  /** Pity counter after it. */
  readonly pity: number;
  /** When. */
  readonly openedAt: number;
}

/** A player was given something. */
export interface Granted {
  /** The player. */
  readonly player: string;
  /** The caller's own id of the grant. */
  readonly externalId: string;
  /** What. */
  readonly kind: GrantKind;
  /** Which item. */
  readonly item: string | null;
  /** How much. */
  readonly amount: bigint;
  /** Free currency after it. */
  readonly free: bigint;
  /** Paid currency after it. */
  readonly paid: bigint;
  /** Count of the item after it. */
  readonly itemCount: number;
  /** For the history. */
  readonly reason: string | null;
  /** When. */
  readonly grantedAt: number;
}

/** A team was formed. */
export interface TeamFormed {
  /** The player. */
  readonly player: string;
  /** Number of the team, from 1, never reused. */
  readonly team: number;
  /** Its name. */
  readonly name: string;
  /** Its characters. */
  readonly members: readonly string[];
}

/** A team was changed. */
export interface TeamChanged {
  /** The player. */
  readonly player: string;
  /** Number of the team, from 1, never reused. */
  readonly team: number;
  /** Its name. */
  readonly name: string;
  /** Its characters. */
  readonly members: readonly string[];
}

/** A team was disbanded. */
export interface TeamDisbanded {
  /** The player. */
  readonly player: string;
  /** Number of the team. */
  readonly team: number;
}

/** A player took another name. */
export interface PlayerRenamed {
  /** The player. */
  readonly player: string;
  /** The new name. */
  readonly displayName: string;
  /** Where the account stands. */
  readonly status: PlayerStatus;
  /** Since when the player is in the game. */
  readonly registeredAt: number;
}

/** The server seed in use was revealed and the next one took its place. */
export interface SeedRotated {
  /** The player. */
  readonly player: string;
  /** Number of the revealed seed. */
  readonly revealedNumber: number;
  /** The seed itself: check its hash and recompute its draws. */
  readonly revealedSeed: Uint8Array;
  /** How many draws used it. */
  readonly revealedDraws: bigint;
  /** Number of the seed now in use. */
  readonly seedNumber: number;
  /** SHA-256 of it. */
  readonly seedHash: Uint8Array;
  /** SHA-256 of the one after it. */
  readonly nextSeedHash: Uint8Array;
  /** The player's seed from now on. */
  readonly clientSeed: string;
}

/** This user never becomes a player; its registration was undone and it is being deleted. */
export interface EnrolmentRefused {
  /** The user. */
  readonly player: string;
  /** The registration that made it. */
  readonly registration: string;
  /** When. */
  readonly refusedAt: number;
}

/** Keycloak has no such user any more. The player keeps everything until it is erased, and comes back if the user does. */
export interface PlayerDeactivated {
  /** The player. */
  readonly player: string;
  /** Its name. */
  readonly displayName: string;
  /** Since when it is in the game. */
  readonly registeredAt: number;
  /** When. */
  readonly deactivatedAt: number;
  /** Seconds until it is erased, unless the user is there by then. */
  readonly graceS: number;
  /** For the history. */
  readonly reason: string | null;
}

/** The user is there again before the player was erased. */
export interface PlayerReactivated {
  /** The player. */
  readonly player: string;
  /** Its name. */
  readonly displayName: string;
  /** Since when it is in the game. */
  readonly registeredAt: number;
  /** When. */
  readonly reactivatedAt: number;
}

/** The player is gone for good. Its personal key is destroyed behind this event: every personal field of the stream reads `erased`. */
export interface PlayerErased {
  /** The player. */
  readonly player: string;
  /** Since when it was in the game. */
  readonly registeredAt: number;
  /** Numbers of its teams; their names went with the key. */
  readonly teams: readonly number[];
  /** When. */
  readonly erasedAt: number;
  /** For the history. */
  readonly reason: string | null;
}

/** A pack, or a new version of it, went on sale. */
export interface PackPublished {
  /** Its key. */
  readonly pack: string;
  /** Version of the table, from 1. */
  readonly version: number;
  /** Its name. */
  readonly name: string;
  /** Price of one opening. */
  readonly price: bigint;
  /** Price of ten at once. */
  readonly tenPrice: bigint;
  /** Weights of the rarities. */
  readonly rarities: readonly RarityWeight[];
  /** The characters and their weights within their rarity. */
  readonly entries: readonly PackEntry[];
  /** Characters of the version before that are no longer in it. */
  readonly dropped: readonly string[];
  /** Packs of one group share their pity counter. */
  readonly pityGroup: string;
  /** Draws within which pity_rarity is certain; 0 for none. */
  readonly hardPity: number;
  /** What hard pity promises. */
  readonly pityRarity: Rarity;
  /** The item that opens it. */
  readonly item: string | null;
  /** Whether stock limits it. */
  readonly limited: boolean;
  /** When. */
  readonly publishedAt: number;
}

/** A pack went off sale. */
export interface PackRetired {
  /** Which. */
  readonly pack: string;
  /** When. */
  readonly retiredAt: number;
  /** Version of its table. */
  readonly version: number;
  /** Its name. */
  readonly name: string;
  /** Price of one opening. */
  readonly price: bigint;
  /** Price of ten at once. */
  readonly tenPrice: bigint;
  /** Its pity group. */
  readonly pityGroup: string;
  /** Draws within which pity_rarity was certain; 0 for none. */
  readonly hardPity: number;
  /** What hard pity promised. */
  readonly pityRarity: Rarity;
  /** The item that opened it. */
  readonly item: string | null;
  /** Whether stock limited it. */
  readonly limited: boolean;
}

/** The stock of a limited pack was set. */
export interface StockSet {
  /** Which. */
  readonly pack: string;
  /** Whether stock limits the pack. */
  readonly limited: boolean;
  /** Draws left. */
  readonly remaining: bigint;
}

/** An opening took from the stock. */
export interface StockTaken {
  /** Which. */
  readonly pack: string;
  /** Draws taken. */
  readonly taken: number;
  /** Draws left. */
  readonly remaining: bigint;
}

/** A character is in the catalogue. */
export interface CharacterPublished {
  /** Its key. */
  readonly character: string;
  /** Its name. */
  readonly name: string;
  /** Its rarity. */
  readonly rarity: Rarity;
  /** A sentence about it. */
  readonly description: string | null;
}

/** An item is in the catalogue. */
export interface ItemPublished {
  /** Its key. */
  readonly item: string;
  /** Its name. */
  readonly name: string;
  /** A sentence about it. */
  readonly description: string | null;
}

/** What a new player starts with. */
export interface StartingBalanceSet {
  /** Free currency. */
  readonly free: bigint;
  /** An item. */
  readonly item: string | null;
  /** How many of it. */
  readonly itemCount: number;
}

/** A `register`, `play_as_guest` or `claim_account` was taken; from here on there may be a user in Keycloak that carries its id. */
export interface RegistrationBegun {
  /** Its command id, which the user carries as attribute registration_id. */
  readonly registration: string;
  /** When. */
  readonly begunAt: number;
  /** The guest who claims the account; none for a new user. */
  readonly guest: string | null;
}

/** The user is there and is a player, or will be at the first sign-in. */
export interface RegistrationFinished {
  /** The registration. */
  readonly registration: string;
  /** The user. */
  readonly player: string;
  /** When. */
  readonly finishedAt: number;
}

/** It was not finished in time; a user that carries its id is deleted. */
export interface RegistrationUndone {
  /** The registration. */
  readonly registration: string;
  /** When. */
  readonly undoneAt: number;
}

/** A player's profile and the proof material in use. */
export interface PlayerRow {
  /** The player. */
  readonly player: string;
  /** Name that others see; erased once the player is. */
  readonly displayName: string;
  /** Where the account stands. */
  readonly status: PlayerStatus;
  /** Since when. */
  readonly registeredAt: number;
}

/** The seeds in use for a player's draws. */
export interface ProofRow {
  /** The player. */
  readonly player: string;
  /** Number of the server seed in use. */
  readonly seedNumber: number;
  /** SHA-256 of it. */
  readonly seedHash: Uint8Array;
  /** SHA-256 of the one after it. */
  readonly nextSeedHash: Uint8Array;
  /** The player's seed. */
  readonly clientSeed: string;
}

/** A player's currency. */
export interface WalletRow {
  /** The player. */
  readonly player: string;
  /** Free currency. */
  readonly free: bigint;
  /** Paid currency. */
  readonly paid: bigint;
}

/** A character a player owns. */
export interface CharacterRow {
  /** The player. */
  readonly player: string;
  /** The character. */
  readonly character: string;
  /** Its rarity. */
  readonly rarity: Rarity;
  /** How many copies. */
  readonly copies: number;
}

/** An item a player owns. */
export interface ItemRow {
  /** The player. */
  readonly player: string;
  /** The item. */
  readonly item: string;
  /** How many. */
  readonly count: number;
}

/** A team of four. */
export interface TeamRow {
  /** The player. */
  readonly player: string;
  /** Number of the team. */
  readonly team: number;
  /** Its name. */
  readonly name: string;
  /** Its characters. */
  readonly members: readonly string[];
}

/** How far a player is from hard pity. */
export interface PityRow {
  /** The player. */
  readonly player: string;
  /** The group of packs. */
  readonly pityGroup: string;
  /** Draws since the last of the promised rarity. */
  readonly draws: number;
}

/** One opening in a player's full history. */
export interface OpeningRow {
  /** The player. */
  readonly player: string;
  /** Its number, from 1. */
  readonly opening: number;
  /** The pack. */
  readonly pack: string;
  /** Version of its table. */
  readonly packVersion: number;
  /** Free currency spent. */
  readonly costFree: bigint;
  /** Paid currency spent. */
  readonly costPaid: bigint;
  /** Item spent. */
  readonly item: string | null;
  /** Number of the server seed. */
  readonly seedNumber: number;
  /** Nonce of the first draw. */
  readonly firstNonce: bigint;
  /** What was drawn. */
  readonly pulls: readonly Pull[];
  /** When. */
  readonly openedAt: number;
}

/** A pack. */
export interface PackRow {
  /** Its key. */
  readonly pack: string;
  /** Version of its table. */
  readonly version: number;
  /** Its name. */
  readonly name: string;
  /** Whether it can be opened. */
  readonly status: PackStatus;
  /** Price of one opening. */
  readonly price: bigint;
  /** Price of ten at once. */
  readonly tenPrice: bigint;
  /** Its pity group. */
  readonly pityGroup: string;
  /** Draws within which pity_rarity is certain; 0 for none. */
  readonly hardPity: number;
  /** What hard pity promises. */
  readonly pityRarity: Rarity;
  /** The item that opens it. */
  readonly item: string | null;
  /** Whether stock limits it. */
  readonly limited: boolean;
}

/** The exact chance of one character in one draw of a pack, pity apart: numerator / denominator. */
export interface OddsRow {
  /** The pack. */
  readonly pack: string;
  /** The character. */
  readonly character: string;
  /** Its rarity. */
  readonly rarity: Rarity;
  /** Ways to draw it... */
  readonly numerator: bigint;
  /** ...out of this many. */
  readonly denominator: bigint;
  /** Version of the pack's table. */
  readonly version: number;
  /** Weight of its rarity: what the draw itself uses, to recompute it. */
  readonly rarityWeight: number;
  /** Its weight within its rarity. */
  readonly weight: number;
}

/** What is left of a limited pack. */
export interface StockRow {
  /** The pack. */
  readonly pack: string;
  /** Whether stock limits the pack. */
  readonly limited: boolean;
  /** Draws left. */
  readonly remaining: bigint;
}

/** A character of the catalogue. */
export interface CharacterInfoRow {
  /** Its key. */
  readonly character: string;
  /** Its name. */
  readonly name: string;
  /** Its rarity. */
  readonly rarity: Rarity;
  /** A sentence about it. */
  readonly description: string | null;
}

/** An item of the catalogue. */
export interface ItemInfoRow {
  /** Its key. */
  readonly item: string;
  /** Its name. */
  readonly name: string;
  /** A sentence about it. */
  readonly description: string | null;
}

/** How often a character was drawn from one version of a pack: to be held against its published odds. */
export interface PullStatisticRow {
  /** The pack. */
  readonly pack: string;
  /** Version of its table. */
  readonly version: number;
  /** The character. */
  readonly character: string;
  /** Draws that gave it, of all players. */
  readonly observed: bigint;
}

/** Every struct by the schema's name. */
export interface Structs {
  pull: Pull;
  rarity_weight: RarityWeight;
  pack_entry: PackEntry;
  limits: Limits;
  meta: Meta;
  reply_meta: ReplyMeta;
  change: Change;
  message_hello: HelloMessage;
  message_tick: TickMessage;
  message_error: ErrorMessage;
  message_sign_in: SignInMessage;
  reply_sign_in: SignInReply;
  message_refresh: RefreshMessage;
  reply_refresh: RefreshReply;
  message_ping: PingMessage;
  reply_ping: PingReply;
  message_follow: FollowMessage;
  reply_follow: FollowReply;
  message_changed: ChangedMessage;
  message_expiring: ExpiringMessage;
  message_closing: ClosingMessage;
  message_register: RegisterMessage;
  reply_register: RegisterReply;
  message_signed_in: SignedInMessage;
  message_play_as_guest: PlayAsGuestMessage;
  reply_play_as_guest: PlayAsGuestReply;
  message_claim_account: ClaimAccountMessage;
  reply_claim_account: ClaimAccountReply;
  query_list: ListQuery;
  reply_list: ListReply;
  command_enrol_player: EnrolPlayerCommand;
  command_open_pack: OpenPackCommand;
  command_form_team: FormTeamCommand;
  command_change_team: ChangeTeamCommand;
  command_disband_team: DisbandTeamCommand;
  command_rename_player: RenamePlayerCommand;
  command_rotate_seed: RotateSeedCommand;
  command_begin_registration: BeginRegistrationCommand;
  command_finish_registration: FinishRegistrationCommand;
  command_undo_registration: UndoRegistrationCommand;
  command_refuse_enrolment: RefuseEnrolmentCommand;
  command_reactivate_player: ReactivatePlayerCommand;
  command_publish_character: PublishCharacterCommand;
  command_publish_item: PublishItemCommand;
  command_set_starting_balance: SetStartingBalanceCommand;
  command_publish_pack: PublishPackCommand;
  command_retire_pack: RetirePackCommand;
  command_grant: GrantCommand;
  command_deactivate_player: DeactivatePlayerCommand;
  command_erase_player: ErasePlayerCommand;
  event_player_registered: PlayerRegistered;
  event_pack_opened: PackOpened;
  event_granted: Granted;
  event_team_formed: TeamFormed;
  event_team_changed: TeamChanged;
  event_team_disbanded: TeamDisbanded;
  event_player_renamed: PlayerRenamed;
  event_seed_rotated: SeedRotated;
  event_enrolment_refused: EnrolmentRefused;
  event_player_deactivated: PlayerDeactivated;
  event_player_reactivated: PlayerReactivated;
  event_player_erased: PlayerErased;
  event_pack_published: PackPublished;
  event_pack_retired: PackRetired;
  event_stock_set: StockSet;
  event_stock_taken: StockTaken;
  event_character_published: CharacterPublished;
  event_item_published: ItemPublished;
  event_starting_balance_set: StartingBalanceSet;
  event_registration_begun: RegistrationBegun;
  event_registration_finished: RegistrationFinished;
  event_registration_undone: RegistrationUndone;
  row_player: PlayerRow;
  row_proof: ProofRow;
  row_wallet: WalletRow;
  row_character: CharacterRow;
  row_item: ItemRow;
  row_team: TeamRow;
  row_pity: PityRow;
  row_opening: OpeningRow;
  row_pack: PackRow;
  row_odds: OddsRow;
  row_stock: StockRow;
  row_character_info: CharacterInfoRow;
  row_item_info: ItemInfoRow;
  row_pull_statistic: PullStatisticRow;
}

/** T, whose fields K may be left out. */
export type Given<T, K extends keyof T = never> = Omit<T, K> & Partial<Pick<T, K>>;

/** What each request takes. */
export interface Requests {
  sign_in: Given<SignInMessage, "displayName">;
  refresh: RefreshMessage;
  ping: PingMessage;
  follow: Given<FollowMessage, "epoch" | "generation" | "own" | "public">;
  register: RegisterMessage;
  play_as_guest: Given<PlayAsGuestMessage, "displayName">;
  claim_account: ClaimAccountMessage;
  open_pack: Given<OpenPackCommand, "payment">;
  form_team: FormTeamCommand;
  change_team: ChangeTeamCommand;
  disband_team: DisbandTeamCommand;
  rename_player: RenamePlayerCommand;
  rotate_seed: RotateSeedCommand;
  publish_character: Given<PublishCharacterCommand, "description">;
  publish_item: Given<PublishItemCommand, "description">;
  set_starting_balance: Given<SetStartingBalanceCommand, "item">;
  publish_pack: Given<PublishPackCommand, "item">;
  retire_pack: RetirePackCommand;
  grant: Given<GrantCommand, "item" | "reason">;
  deactivate_player: Given<DeactivatePlayerCommand, "graceS" | "reason">;
  erase_player: Given<ErasePlayerCommand, "reason" | "evenActive">;
  list_players: Given<ListQuery, "after" | "limit" | "player">;
  list_proofs: Given<ListQuery, "after" | "limit" | "player">;
  list_wallets: Given<ListQuery, "after" | "limit" | "player">;
  list_characters: Given<ListQuery, "after" | "limit" | "player">;
  list_items: Given<ListQuery, "after" | "limit" | "player">;
  list_teams: Given<ListQuery, "after" | "limit" | "player">;
  list_pities: Given<ListQuery, "after" | "limit" | "player">;
  list_openings: Given<ListQuery, "after" | "limit" | "player">;
  list_packs: Given<ListQuery, "after" | "limit" | "player">;
  list_odds: Given<ListQuery, "after" | "limit" | "player">;
  list_stocks: Given<ListQuery, "after" | "limit" | "player">;
  list_character_infos: Given<ListQuery, "after" | "limit" | "player">;
  list_item_infos: Given<ListQuery, "after" | "limit" | "player">;
  list_pull_statistics: Given<ListQuery, "after" | "limit" | "player">;
}

/** What answers it. */
export interface Replies {
  sign_in: SignInReply;
  refresh: RefreshReply;
  ping: PingReply;
  follow: FollowReply;
  register: RegisterReply;
  play_as_guest: PlayAsGuestReply;
  claim_account: ClaimAccountReply;
  open_pack: PackOpened;
  form_team: TeamFormed;
  change_team: TeamChanged;
  disband_team: TeamDisbanded;
  rename_player: PlayerRenamed;
  rotate_seed: SeedRotated;
  publish_character: CharacterPublished;
  publish_item: ItemPublished;
  set_starting_balance: StartingBalanceSet;
  publish_pack: PackPublished;
  retire_pack: PackRetired;
  grant: Granted;
  deactivate_player: PlayerDeactivated;
  erase_player: PlayerErased;
  list_players: ListReply;
  list_proofs: ListReply;
  list_wallets: ListReply;
  list_characters: ListReply;
  list_items: ListReply;
  list_teams: ListReply;
  list_pities: ListReply;
  list_openings: ListReply;
  list_packs: ListReply;
  list_odds: ListReply;
  list_stocks: ListReply;
  list_character_infos: ListReply;
  list_item_infos: ListReply;
  list_pull_statistics: ListReply;
}

/** What the server sends unasked. */
export interface Pushes {
  hello: HelloMessage;
  tick: TickMessage;
  error: ErrorMessage;
  changed: ChangedMessage;
  expiring: ExpiringMessage;
  closing: ClosingMessage;
  signed_in: SignedInMessage;
}

export type CommandName =
  | "open_pack"
  | "form_team"
  | "change_team"
  | "disband_team"
  | "rename_player"
  | "rotate_seed"
  | "publish_character"
  | "publish_item"
  | "set_starting_balance"
  | "publish_pack"
  | "retire_pack"
  | "grant"
  | "deactivate_player"
  | "erase_player";

/** The row of each view. */
export interface Rows {
  player: PlayerRow;
  proof: ProofRow;
  wallet: WalletRow;
  character: CharacterRow;
  item: ItemRow;
  team: TeamRow;
  pity: PityRow;
  opening: OpeningRow;
  pack: PackRow;
  odds: OddsRow;
  stock: StockRow;
  character_info: CharacterInfoRow;
  item_info: ItemInfoRow;
  pull_statistic: PullStatisticRow;
}
