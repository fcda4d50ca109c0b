/* testing: a server and a clock in memory, for tests of a game: no network, no waiting.
 *
 *     const clock = new FakeClock();
 *     const server = new MemoryServer();
 *     const game = new GachaponClient("memory:", server.auth, { transport: server.transport, clock });
 *     server.publish("wallet", { player: server.player, free: 100n, paid: 0n });
 *     server.handle("open_pack", ({ pack }) => ({ ...reply }));
 *     await game.connect();
 *
 * The server speaks the protocol, in bytes: it keeps the rows it is given, catches clients up from their marks, gives a
 * command id one effect, and pushes what `publish` changes. What a command does is the test's to say. It checks requests
 * as the real one does, but it knows no rules of the game. */

import type { Auth } from "./auth.js";
import type { Clock } from "./clock.js";
import type { Values } from "./codec.js";
import { GachaponError } from "./errors.js";
import * as frame from "./frame.js";
import { ERRORS, LIMITS, REQUESTS, VIEWS } from "./gen/schema.js";
import type { CommandName, ErrorName, Meta, Replies, Requests, Rows } from "./gen/types.js";
import { Fault } from "./msgpack.js";
import type { Socket, SocketEvents, Transport } from "./transport.js";

/** Time that moves when it is told to. */
export class FakeClock implements Clock {
  private time = Date.UTC(2026, 0, 1);
  private timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.time + ms, action };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** Lets `ms` pass: timers run in their order, and between them whatever is ready. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.action();
      await settled();
    }
    this.time = end;
    await settled();
  }
}

/** Resolves when everything that was ready has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

export type Handler<K extends CommandName> = (payload: Requests[K], server: MemoryServer) => Replies[K];

/** What becomes of the next command: its request, or its answer, is lost with the connection. */
export type Loss = "request" | "answer" | null;

export class MemoryServer {
  readonly player = "01980000-0000-7000-8000-00000000abcd";
  readonly transport: Transport = { open: (url, events) => new Connection(this, url, events) };
  /** Signs in with a token that this server takes. */
  readonly auth: Auth = { credentials: () => Promise.resolve({ token: "good" }) };
  readonly connections = new Set<Connection>();
  epoch = "01980000-0000-7000-8000-000000000001";
  generation = 1n;
  position = 0n;
  tickEveryMs = 20_000;
  lose: Loss = null;
  /** Tokens that sign in; null: all. */
  tokens: Set<string> | null = null;
  /** Requests that arrived, by name. */
  readonly heard: string[] = [];
  /** The marks that the last `follow` gave. */
  followedFrom: { own: bigint; public: bigint } | null = null;
  private readonly rows = new Map<string, Map<string, frame.Row>>();
  private readonly handlers = new Map<string, Handler<CommandName>>();
  private readonly answered = new Map<string, { payload: object; position: bigint }>();

  /** What a command does: publish rows, return the reply, or throw `refuse(...)`. */
  handle<K extends CommandName>(name: K, handler: Handler<K>): void {
    this.handlers.set(name, handler as unknown as Handler<CommandName>);
  }

  /** A row as it is from now on; followers hear of it. */
  publish<K extends keyof Rows>(view: K, values: Rows[K], deleted = false): void {
    const row: frame.Row = { position: ++this.position, deleted, values: values as unknown as Values };
    const table = this.rows.get(view) ?? new Map<string, frame.Row>();
    this.rows.set(view, table.set(VIEWS[view]!.key.map((name) => row.values[name]).join("\u0000"), row));
    const audience = VIEWS[view]!.audience;
    for (const each of this.connections) if (each.follows) each.changed(audience, this.position, [{ view, rows: [row] }]);
  }

  /** Every connection is lost, without a word. */
  cut(): void {
    for (const connection of [...this.connections]) connection.drop(1006);
  }

  /** Every connection is closed with a code of the protocol. */
  closeAll(code: number): void {
    for (const connection of [...this.connections]) connection.drop(code);
  }

  /** The rows of an audience newer than a mark. */
  since(audience: string, mark: bigint): frame.Change[] {
    return [...this.rows]
      .filter(([view]) => VIEWS[view]!.audience === audience && VIEWS[view]!.pushed)
      .map(([view, table]) => ({ view, rows: [...table.values()].filter((row) => row.position > mark) }))
      .filter((change) => change.rows.length > 0);
  }

  page(view: string): frame.Row[] {
    return [...(this.rows.get(view)?.values() ?? [])].filter((row) => !row.deleted);
  }

  /** The reply to a command, which takes effect once. */
  decide(name: CommandName, payload: Values, commandId: string | null): { payload: object; position: bigint } {
    const before = commandId === null ? undefined : this.answered.get(commandId);
    if (before !== undefined) return before;
    const handler = this.handlers.get(name);
    if (handler === undefined) throw refuse("internal", `the test does not handle ${name}`);
    const reply = handler(payload as never, this);
    const answer = { payload: reply, position: ++this.position };
    if (commandId !== null) this.answered.set(commandId, answer);
    return answer;
  }
}

/** For handlers to throw: the error that answers the command. */
export function refuse(name: ErrorName, detail = "", retryAfterMs = 0): GachaponError {
  return new GachaponError(name, ERRORS[name]!.retry !== "never", detail, null, retryAfterMs);
}

/** One socket of the server. */
export class Connection implements Socket {
  follows = false;
  signedIn = false;
  private alive = true;

  constructor(
    private readonly server: MemoryServer,
    readonly url: string,
    private readonly events: SocketEvents,
  ) {
    server.connections.add(this);
    queueMicrotask(() => this.hello());
  }

  // --- the client's side

  send(bytes: Uint8Array): void {
    queueMicrotask(() => {
      if (!this.alive) return;
      for (const message of frame.messagesOf(bytes, LIMITS["depthMax"], LIMITS["valuesMax"])) this.take(message);
    });
  }

  close(code = 1000): void {
    queueMicrotask(() => this.drop(code));
  }

  // --- the server's side

  drop(code: number): void {
    if (!this.alive) return;
    this.alive = false;
    this.server.connections.delete(this);
    queueMicrotask(() => this.events.closed(code, ""));
  }

  push(name: string, payload: object, id = 0): void {
    this.deliver(frame.push(name, payload, id));
  }

  changed(audience: string, mark: bigint, changes: readonly frame.Change[]): void {
    const encoded = changes.map(({ view, rows }) => ({ view: VIEWS[view]!.number, rows: frame.rowsBytes(view, rows) }));
    this.push("changed", { audience, mark, changes: encoded });
  }

  private deliver(bytes: Uint8Array): void {
    queueMicrotask(() => {
      if (this.alive) this.events.message(bytes);
    });
  }

  private hello(): void {
    const limits = {
      frameMaxBytes: LIMITS["frameMaxBytes"], inFlightMax: LIMITS["inFlightMax"],
      messagesPerFrameMax: LIMITS["messagesPerFrameMax"], signInWithinMs: 15_000, tickEveryMs: this.server.tickEveryMs,
    };
    const { epoch } = this.server;
    this.push("hello", { protocol: 1, oldestClient: 1, epoch, time: 0, server: "memory", limits });
  }

  private take(message: frame.Message): void {
    const name = frame.REQUEST_NAMES.get(message.type);
    if (!this.alive) return;
    if (name === undefined) return this.refuse(message.id, refuse("type_unknown"));
    this.server.heard.push(name);
    try {
      const payload = frame.payloadOf(REQUESTS[name]!.payload, message.payload, true);
      const meta = message.meta === null ? null : (frame.payloadOf("meta", message.meta, true) as unknown as Meta);
      this.answer(message.id, name, payload, meta);
    } catch (error) {
      if (error instanceof Fault) this.refuse(message.id, refuse(error.code, error.message));
      else if (error instanceof GachaponError) this.refuse(message.id, error);
      else throw error;
    }
  }

  private answer(id: number, name: string, payload: Values, meta: Meta | null): void {
    if (["sign_in", "register", "play_as_guest"].includes(name)) return this.signIn(id, name, payload);
    if (!this.signedIn && !this.isOpenToAll(name)) throw refuse("signed_out");
    if (name === "follow") return this.follow(id, payload);
    if (name === "claim_account") return this.signIn(id, name, payload);
    if (name === "ping") return this.deliver(frame.reply(id, name, { time: 0 }, null));
    if (name === "refresh") return this.deliver(frame.reply(id, name, { expiresAt: 2 ** 40 }, null));
    const view = REQUESTS[name]!.view;
    if (view !== undefined) return this.list(id, name, view);
    const { lose } = this.server;
    if (lose !== null) this.server.lose = null;
    if (lose === "request") return this.drop(1006);
    if (REQUESTS[name]!.command && !meta?.commandId) throw refuse("command_id_missing");
    const { payload: reply, position } = this.server.decide(name as CommandName, payload, meta?.commandId ?? null);
    if (lose === "answer") return this.drop(1006);
    this.deliver(frame.reply(id, name, reply, { position, viewPosition: position }));
  }

  private isOpenToAll(name: string): boolean {
    const view = REQUESTS[name]!.view;
    return this.url.endsWith("/join") && view !== undefined && VIEWS[view]!.audience === "public";
  }

  private signIn(id: number, name: string, payload: Values): void {
    const { player, tokens } = this.server;
    if (name === "sign_in" && tokens !== null && !tokens.has(String(payload["token"]))) throw refuse("token_expired");
    this.signedIn = true;
    const given = { accessToken: "good", refreshToken: "again", expiresAt: 2 ** 41 };
    const made = { ...given, player, enrolled: false, roles: ["player"], userName: "guest-1" };
    this.deliver(frame.reply(id, name, made, null));
  }

  /** All rows in one message each, newer than the marks where they can be used. */
  private follow(id: number, given: Values): void {
    const { epoch, generation, position } = this.server;
    const other = given["epoch"] !== epoch || given["generation"] !== generation;
    const [own, open] = [given["own"] as bigint, given["public"] as bigint];
    this.server.followedFrom = { own, public: open };
    const [ownWhole, publicWhole] = [other || own === 0n, other || open === 0n];
    this.deliver(frame.reply(id, "follow", { epoch, generation, ownWhole, publicWhole }, null));
    const mark = position === 0n ? 1n : position;
    this.changed("own", mark, this.server.since("own", ownWhole ? 0n : own));
    this.changed("public", mark, this.server.since("public", publicWhole ? 0n : open));
    this.follows = true;
  }

  private list(id: number, name: string, view: string): void {
    const rows = frame.rowsBytes(view, this.server.page(view));
    const { position } = this.server;
    this.deliver(frame.reply(id, name, { rows, next: null }, { position, viewPosition: position }));
  }

  private refuse(id: number, error: GachaponError): void {
    const known = ERRORS[error.code] ?? ERRORS["internal"]!;
    const { code: name, detail, retryAfterMs } = error;
    this.push("error", { code: known.number, name, retry: known.retry, retryAfterMs, detail }, id);
  }
}
