/* outbox: commands and queries from the call to the answer, across connections.
 *
 * A command gets its id when it is called, and keeps it: what was sent and not answered when a connection broke is sent
 * again on the next one, under the same id, and the server gives it one effect and the same answer. Queries change
 * nothing and are sent again too. Calls go out in the order in which they were made.
 *
 * An answer that says a retry can help is followed: at once or when it says, later each time, while the call has time; then
 * the caller gets it. One that asks for a sign-in makes the session sign in anew, and the call goes out after that.
 * At most as many are unanswered as the server takes, less a few places for the session's own requests.
 *
 * The answer of a strong command is held until the replicas are whole, so that they hold its change. If the call's time is
 * over first, or the client is closed, it is given as it is: it says what is stored. */

import type { Clock } from "./clock.js";
import type { Values } from "./codec.js";
import { GachaponError } from "./errors.js";
import type { ReplyMeta } from "./gen/types.js";
import { Fault } from "./msgpack.js";
import type { Line } from "./line.js";
import type { Store } from "./store.js";

const WAITING_MAX = 1024;
const SIGN_INS_MAX = 3; /* of one call */
const RESERVED = 4; /* places for sign_in, refresh, follow */

export interface Answered {
  readonly payload: Values;
  readonly meta: ReplyMeta | null;
}

export interface Call {
  readonly name: string;
  readonly payload: object;
  readonly meta: object | null;
  readonly commandId: string | null;
  /** Of a strong command: its answer waits for the replicas. */
  readonly strong: boolean;
  /** Infinity: for as long as the client lives. */
  readonly timeoutMs: number;
}

interface Entry extends Call {
  readonly order: number;
  resolve(answered: Answered): void;
  reject(error: GachaponError): void;
  tries: number;
  readonly until: number;
  callOff: () => void;
  /** Came, and waits for the replicas. */
  answer: Answered | null;
  settled: boolean;
}

export class Outbox {
  private line: Line | null = null;
  private queue: Entry[] = [];
  private readonly all = new Set<Entry>();
  private made = 0;

  constructor(
    private readonly clock: Clock,
    private readonly store: Store,
    /** A refusal says that the token no longer serves. */
    private readonly signInAgain: () => void,
  ) {}

  /** Rejects with GachaponError. */
  call(call: Call): Promise<Answered> {
    return new Promise((resolve, reject) => {
      if (this.all.size >= WAITING_MAX) {
        reject(new GachaponError("not_sent", true, `${WAITING_MAX} calls wait already`, call.commandId));
        return;
      }
      const until = this.clock.now() + call.timeoutMs;
      const entry: Entry = {
        ...call, order: this.made++, resolve, reject, tries: 0, until, answer: null, settled: false, callOff: () => undefined,
      };
      this.all.add(entry);
      if (until < Infinity) entry.callOff = this.clock.after(call.timeoutMs, () => this.late(entry));
      this.queue.push(entry);
      this.pump();
    });
  }

  /** A signed-in line: what waits goes out. */
  connected(line: Line): void {
    this.line = line;
    this.pump();
  }

  /** What was unanswered came back by `lost` and waits. */
  disconnected(): void {
    this.line = null;
  }

  /** Nothing will be sent any more. A command without an answer may have taken effect. */
  failAll(why: string): void {
    for (const entry of [...this.all]) this.give(entry, new GachaponError("closed", true, why, entry.commandId));
    this.queue = [];
  }

  private late(entry: Entry): void {
    this.give(entry, new GachaponError("timeout", true, `no answer in ${entry.timeoutMs} ms`, entry.commandId));
  }

  /** The answer, if it came, else the error. */
  private give(entry: Entry, error: GachaponError): void {
    this.settle(entry, () => (entry.answer === null ? entry.reject(error) : entry.resolve(entry.answer)));
  }

  private pump(): void {
    const line = this.line;
    while (line !== null && line.alive && this.queue.length > 0 && line.inFlight < Math.max(line.inFlightMax - RESERVED, 1)) {
      const entry = this.queue.shift()!;
      this.send(line, entry);
    }
  }

  private send(line: Line, entry: Entry): void {
    try {
      line.ask(entry.name, entry.payload, entry.meta, {
        reply: (payload, meta) => {
          const answer = (entry.answer = { payload, meta });
          const done = (): void => this.settle(entry, () => entry.resolve(answer));
          if (entry.strong) this.store.whenWhole(done);
          else done();
          this.pump();
        },
        refused: (error, retry) => this.refused(entry, error, retry),
        lost: () => this.back(entry),
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { code, message } = error;
      this.settle(entry, () => entry.reject(new GachaponError(code, false, message, entry.commandId)));
    }
  }

  private refused(entry: Entry, error: GachaponError, retry: string): void {
    const waitMs = Math.max(error.retryAfterMs, 10) * 2 ** Math.min(entry.tries++, 4);
    if (retry === "sign_in" && entry.tries <= SIGN_INS_MAX) {
      this.signInAgain(); /* before it waits again: the line that refused it takes it no more */
      this.back(entry);
    } else if ((retry === "now" || retry === "later") && this.clock.now() + waitMs < entry.until) {
      this.clock.after(waitMs * (1 + Math.random() / 4), () => this.back(entry));
    } else {
      const { code, canRetry, detail, retryAfterMs } = error;
      this.settle(entry, () => entry.reject(new GachaponError(code, canRetry, detail, entry.commandId, retryAfterMs)));
    }
    this.pump();
  }

  /** It waits again, in its place. */
  private back(entry: Entry): void {
    if (entry.settled) return;
    const at = this.queue.findIndex((other) => other.order > entry.order);
    this.queue.splice(at < 0 ? this.queue.length : at, 0, entry);
    this.pump();
  }

  private settle(entry: Entry, how: () => void): void {
    if (entry.settled) return;
    entry.settled = true;
    entry.callOff();
    this.all.delete(entry);
    const at = this.queue.indexOf(entry);
    if (at >= 0) this.queue.splice(at, 1);
    how();
  }
}
