/* session: one player's presence, over as many lines as it takes.
 *
 *     closed --connect--> connecting --> live --line ended--> stale --> live ...     closed from anywhere, with a reason
 *
 * A line is brought up in steps: hello, a token from the provider, sign_in (or register), follow from the marks of the
 * store; calls go out as soon as follow is answered, and the session is live when the replicas are whole. Whatever fails
 * on the way ends the line, and how it ended says when to come back: at once, later, with a fresh token, or never.
 *
 * Only the present line counts. What an older one says after its end is dropped by it, and each step looks whether its
 * line is still alive. */

import type { Auth, Credentials, Login } from "./auth.js";
import { Backoff, type BackoffOptions } from "./backoff.js";
import type { Clock } from "./clock.js";
import type { Values } from "./codec.js";
import { GachaponError, type ErrorCode } from "./errors.js";
import { changesOf } from "./frame.js";
import { PROTOCOL_VERSION } from "./gen/schema.js";
import type { ChangedMessage, FollowReply, HelloMessage, PlayAsGuestReply, RegisterReply, TickMessage } from "./gen/types.js";
import { Line, type End } from "./line.js";
import { Outbox } from "./outbox.js";
import { Signal, guarded } from "./signal.js";
import type { Audience, Store } from "./store.js";
import { Fault } from "./msgpack.js";
import type { Transport } from "./transport.js";

export type State = "connecting" | "live" | "stale" | "closed";

export interface StateChange {
  readonly state: State;
  /** Of closed and stale: why. */
  readonly reason: GachaponError | null;
}

const FRESH_TRIES = 3; /* fresh tokens in a row that the server refuses */
const STEADY_MS = 1000; /* a line that was live so long was worth its tries */
const REFUSED_TOKENS: readonly string[] = ["token_invalid", "token_expired", "token_revoked"];

export class Session {
  readonly changed = new Signal<StateChange>();
  readonly outbox: Outbox;
  state: State = "closed";
  reason: GachaponError | null = null;
  /** Who is signed in, since the first time. */
  player: string | null = null;
  private line: Line | null = null;
  private readonly backoff: Backoff;
  private callOff: () => void = () => undefined;
  private fresh = false; /* the token that was used last no longer serves */
  private freshTries = 0;
  private since = 0; /* `start` was called; later by the time in which a player was asked */
  private asking: { fresh: boolean; answered: boolean; answer: Promise<Credentials> } | null = null;
  private identity = { issuer: "", clientId: "" };

  constructor(
    private readonly url: string,
    private readonly auth: Auth,
    private readonly store: Store,
    private readonly transport: Transport,
    private readonly clock: Clock,
    backoff: BackoffOptions,
    private readonly connectWithinMs: number,
  ) {
    this.backoff = new Backoff(backoff);
    this.outbox = new Outbox(clock, () => this.signInAgain());
  }

  /** From closed: begins. */
  start(): void {
    if (this.state !== "closed") return;
    this.freshTries = 0;
    this.backoff.tries = 0;
    this.since = this.clock.now();
    this.open(); /* first: a listener may close again */
    this.enter("connecting", null);
  }

  /** For good, until `start`. */
  close(code: ErrorCode = "closed", canRetry = true, detail = ""): void {
    if (this.state === "closed") return;
    const line = this.line;
    this.line = null;
    this.asking = null;
    this.callOff();
    line?.close();
    this.store.interrupted();
    this.outbox.disconnected();
    this.outbox.failAll((commandId) => new GachaponError(code, canRetry, detail, commandId));
    this.enter("closed", new GachaponError(code, canRetry, detail)); /* last: a listener may begin anew */
  }

  /** Waits no longer for the next try: the network came back. */
  wake(): void {
    if (this.state === "closed" || this.line !== null) return;
    this.callOff();
    this.open();
  }

  private enter(state: State, reason: GachaponError | null): void {
    if (state === this.state && state !== "closed") return;
    this.state = state;
    this.reason = reason;
    this.changed.emit({ state, reason });
  }

  // --- a line comes up

  private open(): void {
    const path = this.auth.registers ? "/join" : "/play";
    const line: Line = new Line(this.transport, this.url + path, this.clock, {
      hello: (hello) => void this.bringUp(line, hello).catch((error: unknown) => this.failed(line, error)),
      push: (name, payload) => this.pushed(line, name, payload),
      ended: (end) => this.ended(line, end),
    });
    this.line = line;
  }

  private async bringUp(line: Line, hello: HelloMessage): Promise<void> {
    if (hello.oldestClient > PROTOCOL_VERSION)
      throw new GachaponError("client_too_old", false, `${hello.server} serves protocol ${hello.oldestClient} and later`);
    this.identity = { issuer: hello.issuer ?? "", clientId: hello.clientId ?? "" };
    await this.signIn(line, { ...this.identity, fresh: this.fresh });
    if (!line.alive) return;
    line.ask("follow", this.store.resume(), null, {
      reply: (reply) => this.followed(line, reply as unknown as FollowReply),
      refused: (error) => this.failed(line, error),
      lost: () => undefined,
    });
  }

  private async signIn(line: Line, login: Login): Promise<void> {
    const credentials = await this.credentials(login);
    if (!line.alive) return;
    this.asking = null;
    try {
      const reply = await line.request(...firstWords(credentials));
      if (!("token" in credentials)) guarded(() => this.auth.registered?.(reply as unknown as RegisterReply & PlayAsGuestReply));
      this.adopt(reply["player"] as string);
    } catch (error) {
      const refused = error instanceof GachaponError && REFUSED_TOKENS.includes(error.code);
      if (!refused || login.fresh) throw error;
      await this.signIn(line, { ...login, fresh: true });
    }
    this.fresh = false;
  }

  /** One question at a time, however many lines come and go while a player types: what is answered behind the end of its line
   *  serves the next one. */
  private credentials(login: Login): Promise<Credentials> {
    if (this.asking === null || (login.fresh && !this.asking.fresh)) {
      const asking = { fresh: login.fresh, answered: false, answer: this.auth.credentials(login) };
      const askedAt = this.clock.now();
      const over = (): void => {
        asking.answered = true;
        if (this.asking === asking) this.since += this.clock.now() - askedAt;
      };
      this.asking = asking;
      asking.answer.then(over, () => {
        over();
        if (this.asking === asking) this.asking = null;
      });
    }
    return this.asking.answer;
  }

  private adopt(player: string): void {
    if (this.player !== null && this.player !== player) this.store.clear();
    this.player = player;
  }

  private followed(line: Line, reply: FollowReply): void {
    this.store.following(reply);
    this.outbox.connected(line);
    this.store.whenWhole("own", () =>
      this.store.whenWhole("public", () => {
        if (line !== this.line) return;
        this.freshTries = 0;
        this.callOff = this.clock.after(STEADY_MS, () => void (this.backoff.tries = 0));
        this.enter("live", null);
      }),
    );
  }

  // --- what the server says of itself

  private pushed(line: Line, name: string, payload: Values): void {
    if (line !== this.line) return;
    if (name === "changed") {
      const { audience, mark, changes } = payload as unknown as ChangedMessage;
      if (audience !== "unknown") this.store.apply(audience as Audience, mark, changesOf(changes));
    } else if (name === "tick") {
      const { ownMark, publicMark } = payload as unknown as TickMessage;
      this.store.mark("own", ownMark);
      this.store.mark("public", publicMark);
    } else if (name === "expiring") {
      this.refresh(line).catch(() => undefined); /* then the server closes, and the next line signs in */
    }
  }

  /** A fresh token over the open socket. Tried again for as long as the line lives and it may help. */
  private async refresh(line: Line): Promise<void> {
    for (let waitMs = 1000; line.alive; waitMs *= 2) {
      try {
        const credentials = await this.auth.credentials({ ...this.identity, fresh: true });
        if ("token" in credentials) await line.request("refresh", { token: credentials.token });
        return;
      } catch (error) {
        if (!(error instanceof GachaponError) || !error.canRetry) throw error;
        await new Promise<void>((resolve) => this.clock.after(waitMs, resolve));
      }
    }
  }

  /** A call was told that its token no longer serves. */
  private signInAgain(): void {
    this.fresh = true;
    this.line?.close(1000);
  }

  // --- a line goes

  /** A step on the way up did not succeed. */
  private failed(line: Line, error: unknown): void {
    if (line !== this.line || !line.alive) return;
    if (error instanceof Fault) {
      this.close(error.code, false, error.message); /* a field of the form */
    } else if (!(error instanceof GachaponError)) {
      this.close("internal", false, String(error));
    } else if (!error.canRetry || (REFUSED_TOKENS.includes(error.code) && ++this.freshTries >= FRESH_TRIES)) {
      this.close(error.code, error.canRetry, error.detail);
    } else {
      this.fresh ||= REFUSED_TOKENS.includes(error.code);
      this.line = null;
      line.close();
      this.again(error.retryAfterMs || 1000, error);
    }
  }

  private ended(line: Line, end: End): void {
    if (line !== this.line) return;
    this.line = null;
    const reason = new GachaponError(end.name, end.advice !== "never", `closed with ${end.code}`, null, end.retryAfterMs);
    if (end.advice === "sign_in" || end.name === "roles_changed") this.fresh = true;
    const refused = end.advice === "sign_in" && ++this.freshTries >= FRESH_TRIES;
    if (end.advice === "never" || refused) this.close(end.name, end.advice !== "never", reason.detail);
    else this.again(end.advice === "later" ? Math.max(end.retryAfterMs, 1) : 0, reason);
  }

  /** Comes back after a while. Who was never live is told when it takes too long; what a player needs to sign in does not count. */
  private again(advisedMs: number, reason: GachaponError): void {
    this.store.interrupted();
    this.outbox.disconnected();
    this.callOff();
    const waitMs = this.backoff.next(advisedMs);
    const asks = this.asking !== null && !this.asking.answered;
    if (this.state === "connecting" && !asks && this.clock.now() + waitMs - this.since > this.connectWithinMs)
      return this.close("timeout", true, `no connection to ${this.url}: ${reason.message}`);
    this.callOff = this.clock.after(waitMs, () => this.open());
    if (this.state === "live") this.enter("stale", reason); /* last: a listener may close */
  }
}

/** The request that signs in, its payload and its meta. */
function firstWords(credentials: Credentials): [string, object, object | null] {
  if ("register" in credentials) return ["register", credentials.register, { commandId: credentials.commandId }];
  if ("guest" in credentials) return ["play_as_guest", credentials.guest, { commandId: credentials.commandId }];
  return ["sign_in", credentials, null];
}
