/* transport: how frames travel. A transport opens sockets; a socket takes and gives whole binary messages in order.
 *
 * The default one is the platform's WebSocket (browsers, Node 22), else the package `ws` (Node 18 and 20). No callback
 * runs before `open` has returned, and none after `closed`. */

import { GachaponError } from "./errors.js";
import { load } from "./load.js";

export interface SocketEvents {
  message(frame: Uint8Array): void;
  /** Once, however it ends. 1006: the connection was lost, or could not be made. */
  closed(code: number, reason: string): void;
}

export interface Socket {
  /** What is sent after the end is lost. */
  send(frame: Uint8Array): void;
  /** Says goodbye. `closed` follows, at once where the other side does not answer. */
  close(code?: number): void;
}

export interface Transport {
  open(url: string, events: SocketEvents): Socket;
}

/** The server's address without the slashes at its end. Throws GachaponError when no socket can be opened there. */
export function addressOf(url: string): string {
  let protocol = "http:";
  try {
    protocol = new URL(url).protocol;
  } catch {
    /* no address at all */
  }
  if (protocol === "http:" || protocol === "https:")
    throw new GachaponError("address_invalid", false, `${url}: the address of a server begins with ws:// or wss://`);
  return url.replace(/\/+$/, "");
}

/** The part of the WebSocket interface that browsers, Node and `ws` share. */
interface PlainSocket {
  binaryType: string;
  readyState: number;
  send(data: Uint8Array): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
}
type SocketClass = new (url: string) => PlainSocket;

const OPEN = 1;

async function socketClass(): Promise<SocketClass> {
  const own = (globalThis as { WebSocket?: unknown }).WebSocket;
  if (own !== undefined) return own as SocketClass;
  return ((await load("ws")) as { WebSocket: SocketClass }).WebSocket;
}

class WebSocketSocket implements Socket {
  private socket: PlainSocket | null = null;
  private ended = false;
  private early: Uint8Array[] = [];

  constructor(
    url: string,
    private readonly events: SocketEvents,
  ) {
    socketClass()
      .catch(() => Promise.reject(new Error("there is no WebSocket here: install the package ws")))
      .then((Class) => this.connect(Class, url))
      .catch((error: unknown) => this.end(1006, String(error))); /* an address that the platform does not open */
  }

  send(frame: Uint8Array): void {
    if (this.socket?.readyState === OPEN) this.socket.send(frame);
    else if (!this.ended && this.early.length < 64) this.early.push(frame);
  }

  /** Platforms let a page say 1000 and nothing else of the protocol's. */
  close(code = 1000): void {
    const socket = this.socket;
    queueMicrotask(() => this.end(code, ""));
    if (socket !== null) socket.close(1000);
  }

  private connect(Class: SocketClass, url: string): void {
    if (this.ended) return;
    const socket = new Class(url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.early.splice(0).forEach((frame) => socket.send(frame));
    socket.onmessage = ({ data }) => {
      if (this.ended) return;
      if (data instanceof ArrayBuffer) this.events.message(new Uint8Array(data));
      else this.close(1003);
    };
    socket.onclose = ({ code, reason }) => this.end(code, String(reason));
    socket.onerror = () => undefined; /* `close` follows */
  }

  private end(code: number, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.events.closed(code, reason);
  }
}

export const webSocketTransport: Transport = {
  open: (url, events) => new WebSocketSocket(url, events),
};
