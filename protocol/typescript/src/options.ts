/* options: what calls take besides their fields, and what they give besides their payload. */

import type { Consistency } from "./gen/types.js";

export interface CommandOptions {
  /** Of a command that is sent again by its caller; made by the client when absent. */
  commandId?: string;
  /** `strong` (the default): the replicas hold the change when the call returns. */
  consistency?: Consistency;
  /** Gives up waiting after so long; the command may still take effect. Default: the client's `callWithinMs`. */
  timeoutMs?: number;
  /** W3C trace context. */
  traceparent?: string;
}

export interface QueryOptions {
  /** `next` of the page before. */
  after?: Uint8Array | null;
  /** Rows of a page, 1 to 500. */
  limit?: number;
  /** Whose rows: oneself by default, anyone for operators. */
  player?: string;
  /** Waits (bounded) until the views hold this position. */
  atLeast?: bigint;
  timeoutMs?: number;
}

/** A command's result, and where it is stored. */
export type Stored<T> = T & {
  /** Position of the command's last event. */
  readonly position: bigint;
  /** Position that the views hold. Less than `position`: stored, but not to be seen yet. */
  readonly viewPosition: bigint;
};

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page starts; null at the end. */
  readonly next: Uint8Array | null;
  /** The rows are complete to here. */
  readonly position: bigint;
}
