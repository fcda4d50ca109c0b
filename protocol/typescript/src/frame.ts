/* frame: the envelope. A frame holds messages one after the other; a message is [id, type, payload, meta].
 *
 * Both directions are here, as the in-memory server of testing.ts reads requests and writes the rest. A message of a
 * type that is not known gets no name and is for its reader to skip: a newer server may send it. Rows are arrays
 * [position, deleted, fields...] whose names the view gives. */

import { readFields, readStruct, writeField, writeStruct, type Values } from "./codec.js";
import { GachaponError } from "./errors.js";
import { PUSHES, REQUESTS, STRUCTS, VIEWS } from "./gen/schema.js";
import type { ReplyMeta } from "./gen/types.js";
import { Fault, Reader, Writer, scan } from "./msgpack.js";

export const ERROR = PUSHES["error"]!.number;
const DEPTH_MAX = 32; /* a newer server's rows may be deeper than ours */
const VALUES_MAX = 1 << 22;

/** A message as it came; `payload` and `meta` are bytes of the frame, without meta it is null. */
export interface Message {
  readonly id: number;
  readonly type: number;
  readonly payload: Uint8Array;
  readonly meta: Uint8Array | null;
}

/** A row with the position of the event that last touched it. A tombstone has its key only. */
export interface Row {
  readonly position: bigint;
  readonly deleted: boolean;
  readonly values: Values;
}

export interface Change {
  readonly view: string;
  readonly rows: readonly Row[];
}

const VIEW_NAMES = new Map(Object.entries(VIEWS).map(([name, view]) => [view.number, name]));
export const REQUEST_NAMES = new Map(Object.entries(REQUESTS).map(([name, entry]) => [entry.number, name]));
export const PUSH_NAMES = new Map(Object.entries(PUSHES).map(([name, entry]) => [entry.number, name]));

/** The messages of one frame. Throws Fault when it is not a sequence of messages. */
export function messagesOf(frame: Uint8Array, depthMax = DEPTH_MAX, valuesMax = VALUES_MAX): Message[] {
  const messages: Message[] = [];
  let at = 0;
  do {
    const end = scan(frame, at, depthMax, valuesMax);
    messages.push(messageAt(frame, at, end));
    at = end;
  } while (at < frame.length);
  return messages;
}

function messageAt(frame: Uint8Array, from: number, end: number): Message {
  const reader = new Reader(frame, from, end);
  if (reader.head() !== "array" || reader.count < 3) throw new Fault("malformed", "a message is [id, type, payload, meta]");
  const count = reader.count;
  const [id, type] = [integer(reader, 0xffffffff), integer(reader, 0xffff)];
  const payload = reader.raw();
  const meta = count > 3 ? reader.raw() : null;
  return { id, type, payload, meta: meta === null || meta[0] === 0xc0 ? null : meta };
}

function integer(reader: Reader, max: number): number {
  const kind = reader.head();
  if (kind !== "int" || reader.number < 0 || reader.number > max) throw new Fault("malformed", "id and type are integers");
  return Number(reader.number);
}

/** One request as bytes. */
export function request(id: number, name: string, payload: object, meta: object | null): Uint8Array {
  const entry = REQUESTS[name]!;
  return message(id, entry.number, (writer) => writeStruct(entry.payload, payload as Values, writer), meta, "meta");
}

/** A reply as a server sends it. */
export function reply(id: number, name: string, payload: object, meta: ReplyMeta | null): Uint8Array {
  const entry = REQUESTS[name]!;
  return message(id, entry.number, (writer) => writeStruct(entry.reply, payload as Values, writer), meta, "reply_meta");
}

/** A push, or with an id the error that answers a request. */
export function push(name: string, payload: object, id = 0): Uint8Array {
  const entry = PUSHES[name]!;
  return message(id, entry.number, (writer) => writeStruct(entry.payload, payload as Values, writer));
}

function message(
  id: number,
  type: number,
  payload: (writer: Writer) => void,
  meta?: object | null,
  metaStruct?: string,
): Uint8Array {
  const writer = new Writer();
  const withMeta = meta !== undefined && (meta !== null || metaStruct === "reply_meta");
  writer.array(withMeta ? 4 : 3);
  writer.int(id);
  writer.int(type);
  payload(writer);
  if (withMeta && meta === null) writer.nil();
  else if (withMeta) writeStruct(metaStruct!, meta as Values, writer);
  return writer.bytes();
}

// ---------------------------------------------------------------------- rows

/** The changes of a `changed` push by name; views that are not known are left out. */
export function changesOf(changes: readonly { view: number; rows: Uint8Array }[]): Change[] {
  const known = changes.filter((change) => VIEW_NAMES.has(change.view));
  return known.map((change) => {
    const view = VIEW_NAMES.get(change.view)!;
    return { view, rows: rowsOf(view, change.rows) };
  });
}

/** The rows of a query's answer. Throws GachaponError: asked again, it would be answered so again. */
export function rowsOfReply(view: string, bytes: Uint8Array): Row[] {
  try {
    return rowsOf(view, bytes);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new GachaponError(error.code, false, `the answer: ${error.message}`);
  }
}

/** An array of rows, whose bytes were scanned with their message. */
export function rowsOf(view: string, bytes: Uint8Array, strict = false): Row[] {
  const reader = new Reader(bytes);
  if (reader.head() !== "array") throw new Fault("field_wrong_type", "rows: must be an array");
  const count = reader.count;
  return Array.from({ length: count }, () => readRow(view, reader, strict));
}

function readRow(view: string, reader: Reader, strict: boolean): Row {
  if (reader.head() !== "array" || reader.count < 2) throw new Fault("field_wrong_type", "a row: must be an array");
  const count = reader.count - 2;
  if (reader.head() !== "int") throw new Fault("field_wrong_type", "a row's position: must be an integer");
  const position = BigInt(reader.number);
  if (reader.head() !== "bool") throw new Fault("field_wrong_type", "a row's deleted: must be bool");
  const deleted = reader.truth;
  const fields = STRUCTS[VIEWS[view]!.struct]!;
  const read = deleted ? fields.slice(0, VIEWS[view]!.key.length) : fields;
  const values: Values = {};
  readFields(read, Math.min(count, read.length), reader, strict, view, values);
  for (let i = read.length; i < count; i++) reader.skip();
  return { position, deleted, values };
}

/** Rows as a server sends them. */
export function rowsBytes(view: string, rows: readonly Row[]): Uint8Array {
  const { struct, key } = VIEWS[view]!;
  const writer = new Writer();
  writer.array(rows.length);
  for (const row of rows) {
    const fields = row.deleted ? STRUCTS[struct]!.slice(0, key.length) : STRUCTS[struct]!;
    writer.array(2 + fields.length);
    writer.int(row.position);
    writer.bool(row.deleted);
    for (const field of fields) writeField(field, row.values[field.name], writer, `${view}.${field.name}`);
  }
  return writer.bytes();
}

/** A struct that is one message's payload. */
export function payloadOf(struct: string, bytes: Uint8Array, strict = false): Values {
  return readStruct(struct, new Reader(bytes), strict);
}
