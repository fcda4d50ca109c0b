/* line: one socket, from its opening to its end. Requests get ids here and are matched with their answers; everything
 * else that arrives is a push, handed on by name. A line that heard nothing for one and a half times as long as an idle
 * server ticks, and a little more, is dead, whatever the network says: a browser shows no pings.
 *
 * A line ends once. Then every request without an answer is told `lost` first, and then the owner is told how it ended:
 * the code, what the server advised (in `closing`, else by the code), and when to come back; never, after bytes that are
 * not this protocol: the next line would bring the same. What arrives afterwards is nobody's. Nothing is called while
 * a method of the line runs, but for an answer to what is asked of a dead line. */

import type { Clock } from "./clock.js";
import type { Values } from "./codec.js";
import { GachaponError } from "./errors.js";
import * as frame from "./frame.js";
import { CLOSES, LIMITS, PROTOCOL_VERSION, PUSHES, REQUESTS } from "./gen/schema.js";
import type { CloseAdvice, ClosingMessage, ErrorMessage, HelloMessage, ReplyMeta } from "./gen/types.js";
import { Fault } from "./msgpack.js";
import type { Socket, Transport } from "./transport.js";

const PROBE_WITHIN_MS = 4000;
const TICK_MS = { least: 1000, most: 3_600_000, grace: 5000 }; /* of what a server may say that it ticks in */

export interface End {
  readonly code: number;
  /** Its name in the protocol, or `lost`, `went_silent`, `not_understood`, `client_too_old`. */
  readonly name: string;
  readonly advice: CloseAdvice;
  readonly retryAfterMs: number;
  /** For people. */
  readonly detail: string;
}

/** What becomes of a request: exactly one of the three. `retry` is the server's word, or `not_understood` of its answer. */
export interface Answer {
  reply(payload: Values, meta: ReplyMeta | null): void;
  refused(error: GachaponError, retry: string): void;
  lost(): void;
}

export interface LineEvents {
  hello(hello: HelloMessage): void;
  /** By its name and fields; `changed` has its rows still encoded. */
  push(name: string, payload: Values): void;
  ended(end: End): void;
}

export class Line {
  /** What the server accepts, once it said hello. */
  inFlightMax = LIMITS["inFlightMax"]!;
  private readonly socket: Socket;
  private readonly asked = new Map<number, { name: string; answer: Answer }>();
  private lastId = 0;
  private ended = false;
  private silenceMs = Infinity; /* until hello: whoever made the line knows how long it may take to come up */
  private greeted = false;
  private frames = 0;
  private callOff: () => void = () => undefined;
  private closing: ClosingMessage | null = null;
  private heardAt: number;

  constructor(
    transport: Transport,
    url: string,
    private readonly clock: Clock,
    private readonly events: LineEvents,
  ) {
    this.heardAt = clock.now();
    this.socket = transport.open(url, {
      message: (bytes) => this.take(bytes),
      closed: (code) => this.end(this.endOf(code)),
    });
  }

  get alive(): boolean {
    return !this.ended;
  }

  /** Requests without an answer. */
  get inFlight(): number {
    return this.asked.size;
  }

  /** Throws Fault when a field is wrong; nothing was sent then. */
  ask(name: string, payload: object, meta: object | null, answer: Answer): void {
    if (this.ended) return answer.lost();
    const id = this.nextId();
    const bytes = frame.request(id, name, payload, meta);
    this.asked.set(id, { name, answer });
    this.socket.send(bytes);
  }

  /** The same as a promise; `lost` is a GachaponError that can be retried. */
  request(name: string, payload: object, meta: object | null = null): Promise<Values> {
    return new Promise((resolve, reject) =>
      this.ask(name, payload, meta, {
        reply: resolve,
        refused: (error, retry) => reject(ofTheLine(error, retry)),
        lost: () => reject(new GachaponError("closed", true, "the connection was lost")),
      }),
    );
  }

  /** Ends it from this side. */
  close(code = 1000): void {
    if (this.ended) return;
    this.socket.close(code);
    this.end(this.endOf(code));
  }

  /** Ends it: what should have come did not. */
  giveUp(): void {
    if (this.ended) return;
    this.socket.close(1000);
    this.end({ code: 1006, name: "went_silent", advice: "at_once", retryAfterMs: 0, detail: "" });
  }

  /** Is it still there? After a change of network, say. Ends it if no word comes. */
  probe(): void {
    const before = this.frames;
    this.ask("ping", {}, null, { reply: () => undefined, refused: () => undefined, lost: () => undefined });
    this.clock.after(PROBE_WITHIN_MS, () => void (this.frames === before && this.giveUp()));
  }

  // --- what comes in

  private take(bytes: Uint8Array): void {
    if (this.ended) return;
    this.frames++;
    this.heardAt = this.clock.now();
    try {
      for (const message of frame.messagesOf(bytes)) {
        if (this.ended) return;
        this.dispatch(message);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.refuseServer("not_understood", error.message);
    }
  }

  private dispatch(message: frame.Message): void {
    if (message.type === frame.ERROR) this.refuse(message);
    else if (message.id === 0) this.pushed(message);
    else this.answer(message);
  }

  private answer(message: frame.Message): void {
    const asked = this.asked.get(message.id);
    if (asked === undefined || REQUESTS[asked.name]!.number !== message.type) return;
    this.asked.delete(message.id);
    let payload: Values, meta: ReplyMeta | null;
    try {
      meta = message.meta && (frame.payloadOf("reply_meta", message.meta) as unknown as ReplyMeta);
      payload = frame.payloadOf(REQUESTS[asked.name]!.reply, message.payload);
    } catch (error) {
      if (!(error instanceof Fault)) throw error; /* asking again would be answered so again */
      return asked.answer.refused(new GachaponError(error.code, false, `the answer: ${error.message}`), "not_understood");
    }
    asked.answer.reply(payload, meta);
  }

  private refuse(message: frame.Message): void {
    const payload = frame.payloadOf("message_error", message.payload) as unknown as ErrorMessage;
    const retry = payload.retry === "unknown" ? "never" : payload.retry;
    const error = new GachaponError(payload.name, retry !== "never", payload.detail ?? "", null, payload.retryAfterMs);
    const asked = this.asked.get(message.id);
    this.asked.delete(message.id);
    asked?.answer.refused(error, retry);
  }

  private pushed(message: frame.Message): void {
    const name = frame.PUSH_NAMES.get(message.type);
    if (name === undefined) return; /* of a newer server */
    const payload = frame.payloadOf(PUSHES[name]!.payload, message.payload);
    if (name === "closing") this.closing = payload as unknown as ClosingMessage;
    if (name === "hello") this.greet(payload as unknown as HelloMessage);
    else this.events.push(name, payload);
  }

  private greet(hello: HelloMessage): void {
    if (this.greeted) return;
    this.greeted = true;
    if (hello.oldestClient > PROTOCOL_VERSION)
      return this.refuseServer("client_too_old", `${hello.server} serves protocol ${hello.oldestClient} and later`);
    this.inFlightMax = hello.limits.inFlightMax;
    const tickMs = Math.min(Math.max(hello.limits.tickEveryMs, TICK_MS.least), TICK_MS.most);
    this.silenceMs = 1.5 * tickMs + TICK_MS.grace;
    this.watch();
    this.events.hello(hello);
  }

  // --- life and death

  /** Looks again when the silence could have lasted too long. */
  private watch(): void {
    this.callOff();
    const leftMs = this.silenceMs - (this.clock.now() - this.heardAt);
    if (leftMs > 0) this.callOff = this.clock.after(leftMs, () => this.watch());
    else this.giveUp();
  }

  /** There is no use in coming back. */
  private refuseServer(name: string, detail: string): void {
    this.socket.close(1000);
    this.end({ code: 1000, name, advice: "never", retryAfterMs: 0, detail });
  }

  private end(how: End): void {
    if (this.ended) return;
    this.ended = true;
    this.callOff();
    const lost = [...this.asked.values()];
    this.asked.clear();
    for (const { answer } of lost) answer.lost();
    this.events.ended(how);
  }

  /** What a close code means; more, where `closing` came before it. */
  private endOf(closed: number): End {
    const code = this.closing?.code ?? closed;
    const known = CLOSES[code] ?? { name: "lost", advice: "at_once", retryAfterMs: 0 };
    const { advice, retryAfterMs } = this.closing !== null && this.closing.advice !== "unknown" ? this.closing : known;
    return { code, name: known.name, advice: advice as CloseAdvice, retryAfterMs, detail: `closed with ${code}` };
  }

  private nextId(): number {
    do this.lastId = (this.lastId % 0xffffffff) + 1;
    while (this.asked.has(this.lastId));
    return this.lastId;
  }
}

/** What the line's own request was refused with: without its answer nothing goes on. */
export function ofTheLine(error: GachaponError, retry: string): GachaponError {
  return retry === "not_understood" ? new GachaponError("not_understood", false, error.message) : error;
}
