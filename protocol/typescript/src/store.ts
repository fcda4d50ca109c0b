/* store: the replica of the rows this client may see, and the marks up to which it is whole.
 *
 * Rows come in `changed` messages and are applied by key, the newest position wins, so order and repeats cannot hurt.
 * A message without a mark says that more follows: its rows are held back, and what is seen stays as of the last mark.
 * With the mark all that was held is applied at once and told once, after the last view has it: listeners see the
 * views in step. After a `follow` whose answer says `whole`, what was held replaces the audience's rows. Rows and marks
 * outside of a feed, between `following` and `interrupted`, say nothing.
 *
 * Tombstones stay, as an older row may come after them; they are dropped when the audience is replaced. */

import type { Change, Row } from "./frame.js";
import { VIEWS } from "./gen/schema.js";
import type { FollowReply } from "./gen/types.js";
import type { Values } from "./codec.js";
import { Signal } from "./signal.js";

export type Audience = "own" | "public";
const AUDIENCES: readonly Audience[] = ["own", "public"];

/** One row that differs now: `before` and `after` are null where there was, or is, none. */
export interface RowChange {
  readonly view: string;
  readonly before: Values | null;
  readonly after: Values | null;
}

interface Held {
  /** The rows replace the audience's. */
  replace: boolean;
  changes: Change[];
}

export class Store {
  /** Everything that one message changed, views in step. */
  readonly changed = new Signal<readonly RowChange[]>();
  private readonly tables = new Map<string, Map<string, Row>>();
  private readonly held: Record<Audience, Held | null> = { own: null, public: null };
  private readonly marks: Record<Audience, bigint> = { own: 0n, public: 0n };
  private waiting: (() => void)[] = [];
  private feeds = false;
  private epoch: string | null = null;
  private generation = 0n;

  constructor() {
    for (const [name, view] of Object.entries(VIEWS)) if (view.pushed) this.tables.set(name, new Map());
  }

  /** What `follow` takes. */
  resume(): { epoch: string | null; generation: bigint; own: bigint; public: bigint } {
    return { epoch: this.epoch, generation: this.generation, ...this.marks };
  }

  /** The answer to `follow`, before the rows that come after it. A mark of another epoch or generation is worth nothing in this
   *  one: if the rows are cut off on their way, they are asked for whole again. */
  following(reply: FollowReply): void {
    this.epoch = reply.epoch;
    this.generation = reply.generation;
    if (reply.ownWhole) this.marks.own = 0n;
    if (reply.publicWhole) this.marks.public = 0n;
    this.feeds = true;
    this.held.own = { replace: reply.ownWhole, changes: [] };
    this.held.public = { replace: reply.publicWhole, changes: [] };
  }

  /** The feed ended: what is held goes; it comes again after the next `follow`. */
  interrupted(): void {
    this.feeds = false;
    for (const audience of AUDIENCES) this.held[audience] = null;
  }

  /** One `changed` message. */
  apply(audience: Audience, mark: bigint, changes: readonly Change[]): void {
    if (!this.feeds) return;
    const held = (this.held[audience] ??= { replace: false, changes: [] });
    held.changes.push(...changes);
    if (mark === 0n) return;
    this.marks[audience] = mark;
    this.held[audience] = null;
    const told = held.replace ? this.replace(audience, held.changes) : this.merge(held.changes);
    if (told.length > 0) this.changed.emit(told);
    if (!this.isWhole()) return;
    const waiting = this.waiting;
    this.waiting = [];
    for (const done of waiting) done();
  }

  /** A `tick`: the mark of an audience that misses nothing. */
  mark(audience: Audience, mark: bigint): void {
    if (this.feeds && mark !== 0n && this.held[audience] === null) this.marks[audience] = mark;
  }

  /** True when nothing is held back: what is seen is as of the marks. */
  private isWhole(): boolean {
    return this.feeds && AUDIENCES.every((audience) => this.held[audience] === null);
  }

  /** Runs `done` once everything is whole, perhaps at once. */
  whenWhole(done: () => void): void {
    if (this.isWhole()) done();
    else this.waiting.push(done);
  }

  /** Another player signed in: nothing of the one before stays. */
  clear(): void {
    this.epoch = null;
    this.interrupted();
    const told: RowChange[] = [];
    for (const audience of AUDIENCES) {
      this.marks[audience] = 0n;
      told.push(...this.replace(audience, []));
    }
    if (told.length > 0) this.changed.emit(told);
  }

  /** The live rows of a view. */
  *rows(view: string): IterableIterator<Values> {
    for (const row of this.tables.get(view)!.values()) if (!row.deleted) yield row.values;
  }

  row(view: string, key: readonly unknown[]): Values | undefined {
    const row = this.tables.get(view)!.get(key.join("\u0000"));
    return row === undefined || row.deleted ? undefined : row.values;
  }

  private merge(changes: readonly Change[]): RowChange[] {
    const first = new Map<string, RowChange>(); /* by view and key: what was there before this message */
    for (const { view, rows } of changes) {
      const table = this.tables.get(view);
      if (table === undefined) continue;
      for (const row of rows) {
        const key = keyOf(view, row.values);
        const known = table.get(key);
        if (known !== undefined && known.position > row.position) continue;
        table.set(key, row);
        const before = first.get(`${view}\u0000${key}`)?.before;
        first.set(`${view}\u0000${key}`, { view, before: before === undefined ? live(known) : before, after: live(row) });
      }
    }
    return [...first.values()].filter((change) => !same(change.before, change.after));
  }

  private replace(audience: Audience, changes: readonly Change[]): RowChange[] {
    const before = new Map<string, Map<string, Row>>();
    for (const [view, table] of this.tables) {
      if (VIEWS[view]!.audience !== audience) continue;
      before.set(view, table);
      this.tables.set(view, new Map());
    }
    this.merge(changes);
    return [...before].flatMap(([view, table]) => difference(view, table, this.tables.get(view)!));
  }
}

function keyOf(view: string, values: Values): string {
  return VIEWS[view]!.key.map((name) => values[name]).join("\u0000");
}

function live(row: Row | undefined): Values | null {
  return row === undefined || row.deleted ? null : row.values;
}

function difference(view: string, before: Map<string, Row>, after: Map<string, Row>): RowChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  const changes = [...keys].map((key) => ({ view, before: live(before.get(key)), after: live(after.get(key)) }));
  return changes.filter((change) => !same(change.before, change.after));
}

/** Whether two values of the schema are equal. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => same((a as Values)[name], (b as Values)[name]));
}
