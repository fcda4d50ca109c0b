/* client: what a game holds. It puts the parts together and turns calls into requests; the parts do the work:
 *
 *     session   the connection, by itself            outbox    calls, until they are answered
 *     store     the replica                          views     windows on it
 */

import type { Auth } from "./auth.js";
import type { BackoffOptions } from "./backoff.js";
import { systemClock, type Clock } from "./clock.js";
import { GachaponError } from "./errors.js";
import { rowsOfReply } from "./frame.js";
import { Api } from "./gen/api.js";
import { REQUESTS } from "./gen/schema.js";
import type { ClaimAccountReply, CommandName, ListReply, Replies, Requests, Rows } from "./gen/types.js";
import type { CommandOptions, Page, QueryOptions, Stored } from "./options.js";
import { Session, type State, type StateChange } from "./session.js";
import { Signal, guarded } from "./signal.js";
import { Store } from "./store.js";
import { addressOf, webSocketTransport, type Transport } from "./transport.js";
import { uuidV7 } from "./uuid.js";
import { Catalogue, Inventory, Packs, Profile, Teams, Wallet } from "./views.js";

export interface ClientOptions {
  transport?: Transport;
  clock?: Clock;
  backoff?: BackoffOptions;
  /** `connect` gives up after so long; Infinity: never. Once live, the client comes back for as long as it takes. Default: 30 s. */
  connectWithinMs?: number;
  /** A call gives up after so long, over reconnects too; Infinity: never. What was sent may still take effect. Default: 30 s. */
  callWithinMs?: number;
}

const QUERY_OF = new Map(
  Object.entries(REQUESTS).flatMap(([name, entry]) => (entry.view === undefined ? [] : [[entry.view, name]])),
);

export class GachaponClient extends Api {
  readonly wallet: Wallet;
  readonly inventory: Inventory;
  readonly teams: Teams;
  readonly packs: Packs;
  readonly catalogue: Catalogue;
  readonly profile: Profile;
  /** Fires after `state` changed. */
  readonly stateChanged: Signal<StateChange>;
  private readonly store = new Store();
  private readonly session: Session;
  private readonly clock: Clock;
  private readonly callWithinMs: number;
  private readonly online = (): void => this.session.wake();

  /** `url` is that of the server, without a path: `wss://play.example.org`. Throws GachaponError when it is none. */
  constructor(url: string, private readonly auth: Auth, options: ClientOptions = {}) {
    super();
    this.clock = options.clock ?? systemClock;
    this.callWithinMs = options.callWithinMs ?? 30_000;
    const transport = options.transport ?? webSocketTransport;
    const within = options.connectWithinMs ?? 30_000;
    this.session = new Session(addressOf(url), auth, this.store, transport, this.clock, options.backoff ?? {}, within);
    this.stateChanged = this.session.changed;
    this.stateChanged.on(({ state }) => this.watchNetwork(state !== "closed"));
    const own = (): readonly unknown[] => [this.session.player];
    this.wallet = new Wallet(this.store, own);
    this.inventory = new Inventory(this.store, own);
    this.teams = new Teams(this.store, own);
    this.packs = new Packs(this.store);
    this.catalogue = new Catalogue(this.store);
    this.profile = new Profile(this.store, own);
  }

  /** connecting (not live yet), live (signed in, replicas whole), stale (was live, is coming back), closed. */
  get state(): State {
    return this.session.state;
  }

  /** Of closed and stale: why. */
  get reason(): GachaponError | null {
    return this.session.reason;
  }

  /** Who is signed in. */
  get player(): string | null {
    return this.session.player;
  }

  /** Resolves when live. From then on the client keeps itself connected until it is closed: by `close`, or for a reason
   *  that trying again does not help (then this rejects, if it still waits, with the reason). */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.state === "live") return resolve();
      const off = this.stateChanged.on(({ state, reason }) => {
        if (state === "live") resolve();
        else if (state === "closed") reject(reason);
        else return;
        off();
      });
      this.session.start();
    });
  }

  /** Ends the connection. Calls without an answer reject with `closed`; a command may have taken effect all the same. */
  close(): void {
    this.session.close();
  }

  /** Closes, forgets the tokens and ends their session at the provider. Rejects with `login_unavailable` when it cannot be
   *  told: the tokens are forgotten all the same, and the session there ends by itself. */
  async signOut(): Promise<void> {
    this.close();
    await this.auth.signOut?.({ ...this.session.identity, fresh: false });
  }

  private watchNetwork(watch: boolean): void {
    if (typeof addEventListener !== "function") return;
    if (watch) addEventListener("online", this.online);
    else removeEventListener("online", this.online);
  }

  override async command<K extends CommandName>(
    name: K,
    payload: Requests[K],
    options: CommandOptions = {},
  ): Promise<Stored<Replies[K]>> {
    const { consistency = "strong", traceparent, timeoutMs } = options;
    const commandId = REQUESTS[name]!.command ? (options.commandId ?? uuidV7(this.clock.now())) : null;
    const meta = { commandId, consistency, traceparent };
    const strong = consistency === "strong";
    const { payload: reply, meta: stored } = await this.ask(name, payload, meta, commandId, strong, timeoutMs);
    const position = stored?.position ?? 0n;
    const viewPosition = stored?.viewPosition ?? 0n;
    return { ...reply, position, viewPosition } as unknown as Stored<Replies[K]>;
  }

  override async query<K extends keyof Rows>(view: K, options: QueryOptions = {}): Promise<Page<Rows[K]>> {
    const { after = null, limit = 100, player = null, atLeast = 0n, timeoutMs } = options;
    const name = QUERY_OF.get(view)!;
    const answered = await this.ask(name, { after, limit, player }, { atLeast }, null, false, timeoutMs);
    const { rows, next } = answered.payload as unknown as ListReply;
    const values = rowsOfReply(view, rows).map((row) => row.values as unknown as Rows[K]);
    return { rows: values, next, position: answered.meta?.position ?? 0n };
  }

  /** Makes a full account of a guest's: the player and all it owns stay. */
  async claimAccount(email: string, password: string, options: CommandOptions = {}): Promise<void> {
    const commandId = options.commandId ?? uuidV7(this.clock.now());
    const form = { email, password };
    const { payload } = await this.ask("claim_account", form, { commandId }, commandId, true, options.timeoutMs);
    guarded(() => this.auth.claimed?.(payload as unknown as ClaimAccountReply, form));
  }

  /** All rows of a view, page by page as they are asked for. */
  async *all<K extends keyof Rows>(view: K, options: QueryOptions = {}): AsyncGenerator<Rows[K]> {
    let after = options.after ?? null;
    do {
      const page: Page<Rows[K]> = await this.query(view, { ...options, after });
      yield* page.rows;
      after = page.next;
    } while (after !== null);
  }

  private ask(
    name: string,
    payload: object,
    meta: object,
    commandId: string | null,
    strong: boolean,
    timeoutMs = this.callWithinMs,
  ): ReturnType<Session["outbox"]["call"]> {
    if (this.state === "closed")
      return Promise.reject(new GachaponError("closed", true, "connect first", commandId));
    return this.session.outbox.call({ name, payload, meta, commandId, strong, timeoutMs });
  }
}
