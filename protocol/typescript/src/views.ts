/* views: what a game looks at. Each is a window on the store, always as of the last mark, and has a `changed` that
 * fires once for all that one message changed, when every view has it. */

import type {
  CharacterInfoRow,
  CharacterRow,
  ItemInfoRow,
  ItemRow,
  OddsRow,
  PackRow,
  PityRow,
  PlayerRow,
  ProofRow,
  Rows,
  StockRow,
  TeamRow,
  WalletRow,
} from "./gen/types.js";
import { Signal } from "./signal.js";
import type { RowChange, Store } from "./store.js";

/** A row that differs now; null where there was, or is, none. */
export interface ChangeOf<Row> {
  readonly before: Row | null;
  readonly after: Row | null;
}

/** Rows by their key. */
export class Table<Row> implements Iterable<Row> {
  readonly changed = new Signal<readonly ChangeOf<Row>[]>();

  constructor(
    private readonly store: Store,
    view: keyof Rows,
    /** What comes before the key that a caller gives: the player, of own rows. */
    private readonly prefix: () => readonly unknown[],
  ) {
    this.view = view;
    store.changed.on((changes) => {
      const ours = changes.filter((change) => change.view === view);
      if (ours.length > 0) this.changed.emit(ours as unknown as ChangeOf<Row>[]);
    });
  }

  private readonly view: keyof Rows;

  get(...key: readonly (string | number | bigint)[]): Row | undefined {
    return this.store.row(this.view, [...this.prefix(), ...key]) as Row | undefined;
  }

  has(...key: readonly (string | number | bigint)[]): boolean {
    return this.get(...key) !== undefined;
  }

  get size(): number {
    return [...this].length;
  }

  [Symbol.iterator](): IterableIterator<Row> {
    return this.store.rows(this.view) as IterableIterator<unknown> as IterableIterator<Row>;
  }

  toArray(): Row[] {
    return [...this];
  }
}

/** Fires `signal` when one of these views changed. */
function forward(store: Store, views: readonly string[], signal: Signal<readonly RowChange[]>): void {
  store.changed.on((changes) => {
    const ours = changes.filter((change) => views.includes(change.view));
    if (ours.length > 0) signal.emit(ours);
  });
}

/** The player's currency. */
export class Wallet {
  readonly changed = new Signal<readonly ChangeOf<WalletRow>[]>();
  private readonly table: Table<WalletRow>;

  constructor(store: Store, own: () => readonly unknown[]) {
    this.table = new Table(store, "wallet", own);
    this.table.changed.on((changes) => this.changed.emit(changes));
  }

  get free(): bigint {
    return this.table.get()?.free ?? 0n;
  }

  get paid(): bigint {
    return this.table.get()?.paid ?? 0n;
  }

  get total(): bigint {
    return this.free + this.paid;
  }
}

/** What the player owns, and how far off hard pity is. */
export class Inventory {
  readonly changed = new Signal<readonly RowChange[]>();
  readonly characters: Table<CharacterRow>;
  readonly items: Table<ItemRow>;
  /** By pity group. */
  readonly pity: Table<PityRow>;

  constructor(store: Store, own: () => readonly unknown[]) {
    this.characters = new Table(store, "character", own);
    this.items = new Table(store, "item", own);
    this.pity = new Table(store, "pity", own);
    forward(store, ["character", "item", "pity"], this.changed);
  }
}

/** The packs on sale and off it, by key, with their odds and what is left of them. */
export class Packs extends Table<PackRow> {
  private readonly allOdds: Table<OddsRow>;
  private readonly stocks: Table<StockRow>;
  /** Also when odds or stock changed. */
  readonly anyChanged = new Signal<readonly RowChange[]>();

  constructor(store: Store) {
    super(store, "pack", () => []);
    this.allOdds = new Table(store, "odds", () => []);
    this.stocks = new Table(store, "stock", () => []);
    forward(store, ["pack", "odds", "stock"], this.anyChanged);
  }

  /** The exact chances of one draw: numerator / denominator. */
  odds(pack: string): OddsRow[] {
    return [...this.allOdds].filter((row) => row.pack === pack);
  }

  /** Draws left of a limited pack; null if nothing limits it. */
  stock(pack: string): bigint | null {
    const row = this.stocks.get(pack);
    return row?.limited ? row.remaining : null;
  }
}

/** Characters and items that there are. */
export class Catalogue {
  readonly changed = new Signal<readonly RowChange[]>();
  readonly characters: Table<CharacterInfoRow>;
  readonly items: Table<ItemInfoRow>;

  constructor(store: Store) {
    this.characters = new Table(store, "character_info", () => []);
    this.items = new Table(store, "item_info", () => []);
    forward(store, ["character_info", "item_info"], this.changed);
  }
}

/** The player, and the seeds that are in use for the player's draws. */
export class Profile {
  readonly changed = new Signal<readonly RowChange[]>();
  private readonly players: Table<PlayerRow>;
  private readonly proofs: Table<ProofRow>;

  constructor(store: Store, own: () => readonly unknown[]) {
    this.players = new Table(store, "player", own);
    this.proofs = new Table(store, "proof", own);
    forward(store, ["player", "proof"], this.changed);
  }

  get player(): PlayerRow | undefined {
    return this.players.get();
  }

  get proof(): ProofRow | undefined {
    return this.proofs.get();
  }
}

export class Teams extends Table<TeamRow> {
  constructor(store: Store, own: () => readonly unknown[]) {
    super(store, "team", own);
  }
}
