/* errors: the one exception of this package. */

import type { ErrorName } from "./gen/types.js";

/** What this client itself says, besides the server's errors and the names of close codes. */
export type ClientErrorName =
  | "address_invalid" /* no server can be there */
  | "closed" /* the client is closed, or was while this was under way */
  | "timeout" /* no answer, or no connection, in time */
  | "not_sent" /* too much waits already */
  | "not_understood" /* the server says what this version cannot read */
  | "client_too_old" /* the server no longer speaks this version */
  | "lost" /* the connection broke */
  | "went_silent" /* nothing was heard for too long */
  | "login_failed" /* the identity provider says no */
  | "login_unavailable" /* the identity provider cannot be reached */
  | "login_needed"; /* there is no token, and none can be had without the player */

export type ErrorCode = ErrorName | ClientErrorName | (string & {});

/** A request that did not succeed, or a client that cannot go on. */
export class GachaponError extends Error {
  override readonly name = "GachaponError";
  constructor(
    /** The error's name in the protocol (`wallet_insufficient`), or one of ClientErrorName. */
    readonly code: ErrorCode,
    /** The same request can succeed when it is sent again; a command with the same `commandId`. */
    readonly canRetry: boolean,
    /** For people. */
    readonly detail = "",
    /** Of a command: give it again in its options, and it takes effect once at most. */
    readonly commandId: string | null = null,
    /** When a repeat makes sense. */
    readonly retryAfterMs = 0,
  ) {
    super(detail ? `${code}: ${detail}` : code);
  }
}
