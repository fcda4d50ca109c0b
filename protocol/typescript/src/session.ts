/* session: one player's presence, over as many lines as it takes.
 *
 *     closed --connect--> connecting --> live --line ended--> stale --> live ...     closed from anywhere, with a reason
 *
 * A line is brought up in steps: hello, a token from the provider, sign_in (or register), follow from the marks of the
 * store; calls go out as soon as follow is answered, and the session is live when the replicas are whole. Whatever fails
 * on the way ends the line, and how it ended says when to come back: at once, later, with a fresh token, or never. A line
 * that makes no step on its way up for a while has gone silent, whatever else it says.
 *
 * Only the present line counts. What an older one says after its end is dropped by it, and each step looks whether its
 * line is still alive. */

import type { Auth, Credentials, Login } from "./auth.js";
import { Backoff, type BackoffOptions } from "./backoff.js";
import type { Clock } from "./clock.js";
import type { Values } from "./codec.js";
import { GachaponError, type ErrorCode } from "./errors.js";
import { changesOf } from "./frame.js";
import { ERRORS } from "./gen/schema.js";
import type { ChangedMessage, FollowReply, HelloMessage, PlayAsGuestReply, RegisterReply, TickMessage } from "./gen/types.js";
import { Line, ofTheLine, type End } from "./line.js";
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

const REFUSALS_MAX = 3; /* of tokens, in a row */
const STEADY_MS = 1000; /* a line that was live so long was worth its tries */
const STEP_WITHIN_MS = 15_000; /* from one step of a line's way up to the next */
const REFRESH_AGAIN_MS = 5000;
const REFUSED_TOKENS: readonly string[] = ["token_invalid", "token_expired", "token_revoked", "signed_out"];

export class Session {
  readonly changed = new Signal<StateChange>();
  readonly outbox: Outbox;
  state: State = "closed";
  reason: GachaponError | null = null;
  /** Who is signed in, since the first time. */
  player: string | null = null;
  private line: Line | null = null;
  private readonly backoff: Backoff;
  private callOff: () => void = () => undefined; /* the next try, or what says that a line was worth its tries */
  private callOffStep: () => void = () => undefined;
  private callOffLimit: () => void = () => undefined;
  private fresh = false; /* the token that was used last no longer serves */
  private refusals = 0;
  private refreshing = false;
  private why = ""; /* the last line ended */
  private since = 0; /* `start` was called; later by the time in which a player was asked */
  private asking: { fresh: boolean; answered: boolean; answer: Promise<Credentials> } | null = null;
  /** What the server said of its provider. */
  identity = { issuer: "", clientId: "" };

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
    this.outbox = new Outbox(clock, store, () => this.signInAgain());
  }

  /** From closed: begins. */
  start(): void {
    if (this.state !== "closed") return;
    this.refusals = 0;
    this.backoff.tries = 0;
    this.since = this.clock.now();
    this.limit();
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
    this.callOffStep();
    this.callOffLimit();
    line?.close();
    this.store.interrupted();
    this.outbox.disconnected();
    const reason = new GachaponError(code, canRetry, detail);
    this.outbox.failAll(reason.message);
    this.enter("closed", reason); /* last: a listener may begin anew */
  }

  /** The network changed: waits no longer for the next try, and asks for a word where there is a line. */
  wake(): void {
    if (this.state === "closed") return;
    if (this.state === "live") return this.line?.probe();
    if (this.line !== null) return;
    this.callOff();
    this.open();
  }

  /** Who was never live is told when it takes too long; what a player needs to sign in does not count. */
  private limit(): void {
    this.callOffLimit();
    const leftMs = this.since + this.connectWithinMs - this.clock.now();
    if (this.state === "live" || leftMs === Infinity) return;
    this.callOffLimit = this.clock.after(leftMs, () => {
      if (this.state !== "connecting" || this.playerAsked) return; /* `over` sets another one */
      this.close("timeout", true, `no connection to ${this.url}${this.why === "" ? "" : `: ${this.why}`}`);
    });
  }

  private get playerAsked(): boolean {
    return this.asking !== null && !this.asking.answered;
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
    this.step(line);
  }

  private async bringUp(line: Line, hello: HelloMessage): Promise<void> {
    this.callOffStep(); /* a player may need minutes */
    this.identity = { issuer: hello.issuer ?? "", clientId: hello.clientId ?? "" };
    const credentials = await this.credentials({ ...this.identity, fresh: this.fresh });
    if (!line.alive) return;
    this.asking = null;
    this.step(line);
    const reply = await line.request(...firstWords(credentials));
    if (!("token" in credentials)) guarded(() => this.auth.registered?.(reply as unknown as RegisterReply & PlayAsGuestReply));
    this.fresh = false;
    this.adopt(reply["player"] as string);
    if (!line.alive) return;
    this.step(line);
    line.ask("follow", this.store.resume(), null, {
      reply: (answer) => this.followed(line, answer as unknown as FollowReply),
      refused: (error, retry) => this.failed(line, ofTheLine(error, retry)),
      lost: () => undefined,
    });
  }

  /** The line comes further: it has time for the next step. */
  private step(line: Line): void {
    this.callOffStep();
    this.callOffStep = this.clock.after(STEP_WITHIN_MS, () => line.giveUp());
  }

  /** One question at a time, however many lines come and go while a player types: what is answered behind the end of its line
   *  serves the next one. */
  private credentials(login: Login): Promise<Credentials> {
    if (this.asking === null || (login.fresh && !this.asking.fresh)) {
      const asking = { fresh: login.fresh, answered: false, answer: credentialsOf(this.auth, login) };
      const askedAt = this.clock.now();
      const over = (): void => {
        asking.answered = true;
        if (this.asking !== asking) return;
        this.since += this.clock.now() - askedAt;
        this.limit();
        if (this.state !== "live") this.wake();
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
    this.step(line);
    this.outbox.connected(line);
    this.store.whenWhole(() => {
      if (line !== this.line) return;
      this.refusals = 0;
      this.callOffStep();
      this.callOffLimit();
      this.callOff = this.clock.after(STEADY_MS, () => void (this.backoff.tries = 0));
      this.enter("live", null);
    });
  }

  // --- what the server says of itself

  private pushed(line: Line, name: string, payload: Values): void {
    if (line !== this.line) return;
    if (name === "changed") {
      const { audience, mark, changes } = payload as unknown as ChangedMessage;
      if (this.state !== "live") this.step(line);
      if (audience !== "unknown") this.store.apply(audience as Audience, mark, changesOf(changes));
    } else if (name === "tick") {
      const { ownMark, publicMark } = payload as unknown as TickMessage;
      this.store.mark("own", ownMark);
      this.store.mark("public", publicMark);
    } else if (name === "expiring") {
      void this.refresh(line);
    }
  }

  /** A fresh token over the open socket. Tried again for as long as the line lives and it may help; if it does not, the server
   *  closes, and the next line signs in. */
  private async refresh(line: Line): Promise<void> {
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      const credentials = await credentialsOf(this.auth, { ...this.identity, fresh: true });
      if ("token" in credentials) await line.request("refresh", { token: credentials.token });
    } catch (error) {
      const again = error instanceof GachaponError && error.canRetry;
      if (again) this.clock.after(REFRESH_AGAIN_MS, () => void (line.alive && this.refresh(line)));
    } finally {
      this.refreshing = false;
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
    } else {
      const refused = REFUSED_TOKENS.includes(error.code);
      const players = !refused && ERRORS[error.code]?.retry === "sign_in"; /* to see to: account_incomplete */
      if (!error.canRetry || players || (refused && ++this.refusals >= REFUSALS_MAX))
        return this.close(error.code, error.canRetry, error.detail);
      this.fresh ||= refused;
      this.line = null;
      line.close();
      this.again(!refused, error.retryAfterMs, error);
    }
  }

  private ended(line: Line, end: End): void {
    if (line !== this.line) return;
    this.line = null;
    const reason = new GachaponError(end.name, end.advice !== "never", end.detail, null, end.retryAfterMs);
    const refused = end.advice === "sign_in" && !this.playerAsked; /* who is still typing has given no token */
    if (refused || end.name === "roles_changed") this.fresh = true;
    if (end.advice === "never" || (refused && ++this.refusals >= REFUSALS_MAX)) this.close(end.name, reason.canRetry, end.detail);
    else this.again(end.advice === "later", end.retryAfterMs, reason);
  }

  /** Comes back after a while. */
  private again(later: boolean, advisedMs: number, reason: GachaponError): void {
    this.store.interrupted();
    this.outbox.disconnected();
    this.callOff();
    this.callOffStep();
    this.why = reason.message;
    this.callOff = this.clock.after(this.backoff.next(later, advisedMs), () => this.open());
    if (this.state === "live") this.enter("stale", reason); /* last: a listener may close */
  }
}

/** The request that signs in, its payload and its meta. */
function firstWords(credentials: Credentials): [string, object, object | null] {
  if ("register" in credentials) return ["register", credentials.register, { commandId: credentials.commandId }];
  if ("guest" in credentials) return ["play_as_guest", credentials.guest, { commandId: credentials.commandId }];
  return ["sign_in", credentials, null];
}

/** What the provider says, or GachaponError: it is the game's, and may throw, or give, anything. */
async function credentialsOf(auth: Auth, login: Login): Promise<Credentials> {
  try {
    const given: Partial<Record<"token" | "register" | "guest", unknown>> | null = await auth.credentials(login);
    if (typeof given?.token === "string" || given?.register || given?.guest) return given as Credentials;
  } catch (error) {
    throw error instanceof GachaponError ? error : new GachaponError("login_failed", false, String(error));
  }
  throw new GachaponError("login_failed", false, "the provider gave neither a token nor a form");
}
