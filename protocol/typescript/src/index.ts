/* What this package gives. Everything else is its own business. */

export { accessToken, guest, passwordLogin, registration } from "./auth.js";
export type { Auth, Credentials, GuestAccount, GuestStore, Login, TokenSet, TokenStore } from "./auth.js";
export type { BackoffOptions } from "./backoff.js";
export { browse } from "./browse.js";
export type { BrowseOptions, Shop } from "./browse.js";
export { GachaponClient } from "./client.js";
export type { ClientOptions } from "./client.js";
export { systemClock } from "./clock.js";
export type { Clock } from "./clock.js";
export { GachaponError } from "./errors.js";
export type { ClientErrorName, ErrorCode } from "./errors.js";
export type * from "./gen/types.js";
export type { CommandOptions, Page, QueryOptions, Stored } from "./options.js";
export { redirectLogin, sessionTokens } from "./pkce.js";
export type { RedirectOptions } from "./pkce.js";
export { checkDraws, draw, seedKey } from "./proof.js";
export type { Drawn, Verdict } from "./proof.js";
export type { State, StateChange } from "./session.js";
export { Signal } from "./signal.js";
export type { RowChange } from "./store.js";
export { webSocketTransport } from "./transport.js";
export type { Socket, SocketEvents, Transport } from "./transport.js";
export { Catalogue, Inventory, Packs, Profile, Table, Teams, Wallet } from "./views.js";
export type { ChangeOf } from "./views.js";
