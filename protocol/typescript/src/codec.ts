/* codec: structs of the schema to positional msgpack arrays, and back.
 *
 * One codec for every type, driven by the generated tables. What is written is checked as the server will check it, so
 * that a wrong field is named here and not after a round trip. What is read is held against its type; elements after
 * the last known field are skipped and absent trailing fields read as their defaults, as a peer may be newer or older.
 *
 * A reader is `strict` (everything the schema says: bounds, what a key looks like, enum values; what a server does) or not.
 * A client is not: a newer server's bounds may be looser and its enums longer, so only types are judged, and an enum
 * value that is not known reads as "unknown".
 *
 * Values: u64 and i64 are bigint, time and smaller integers number, uuid its text, hash and bytes and raw Uint8Array
 * (copies, never views of the input), an optional value that is absent null. */

import { ENUMS, STRUCTS } from "./gen/schema.js";
import type { Structs } from "./gen/types.js";
import { Fault, Reader, Writer, scan } from "./msgpack.js";

export interface Field {
  readonly name: string;
  readonly kind: string;
  /** Of an enum or a struct, or of what a list holds. */
  readonly type?: string;
  readonly of?: string;
  readonly min?: number;
  readonly max?: number;
  readonly optional?: boolean;
  /** What the field reads as when it is absent; fields without it may not be. */
  readonly absent?: unknown;
}

export type Values = Record<string, unknown>;

const DEPTH_MAX = 16;
const VALUES_MAX = 1 << 20;
const ENUM_MAX = 0x7fffffff;
const SLUG = /^[a-z0-9][a-z0-9-]{0,30}$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RANGES: Record<string, readonly [bigint, bigint]> = {
  u8: [0n, 0xffn],
  u16: [0n, 0xffffn],
  u32: [0n, 0xffffffffn],
  u64: [0n, (1n << 64n) - 1n],
  i64: [-(1n << 63n), (1n << 63n) - 1n],
  time: [BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)],
};
const ENUM_NAMES = new Map(
  Object.entries(ENUMS).map(([name, values]) => [name, new Map(Object.entries(values).map(([n, v]) => [v, n]))]),
);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

function outOfRange(where: string, why: string): Fault {
  return new Fault("field_out_of_range", `field \`${where}\`: ${why}`);
}

function wrongType(where: string, wanted: string): Fault {
  return new Fault("field_wrong_type", `field \`${where}\`: must be ${wanted}`);
}

function fieldsOf(struct: string): readonly Field[] {
  const fields = STRUCTS[struct];
  if (fields === undefined) throw new Error(`the schema has no struct ${struct}`);
  return fields;
}

// ---------------------------------------------------------------------- reading

/** One struct from bytes that hold just it. Throws Fault. */
export function decode<K extends keyof Structs>(struct: K, bytes: Uint8Array, strict = false): Structs[K] {
  if (scan(bytes, 0, DEPTH_MAX, VALUES_MAX) !== bytes.length) throw new Fault("malformed", "bytes are left over");
  return readStruct(struct, new Reader(bytes), strict) as unknown as Structs[K];
}

/** The next value of a reader whose bytes were scanned. */
export function readStruct(struct: string, reader: Reader, strict = false, where = ""): Values {
  const fields = fieldsOf(struct);
  const kind = reader.head();
  if (kind !== "array" && kind !== "nil") throw wrongType(where || struct, "an array");
  const count = kind === "nil" ? 0 : reader.count;
  const values: Values = {};
  readFields(fields, Math.min(count, fields.length), reader, strict, where, values);
  for (let i = fields.length; i < count; i++) reader.skip();
  return values;
}

/** The first `given` fields from the reader, the others as they are when absent. */
export function readFields(
  fields: readonly Field[],
  given: number,
  reader: Reader,
  strict: boolean,
  where: string,
  values: Values,
): void {
  fields.forEach((field, i) => {
    const here = where ? `${where}.${field.name}` : field.name;
    if (i < given) values[field.name] = readField(field, reader, strict, here);
    else if (field.absent !== undefined) values[field.name] = field.absent;
    else throw new Fault("field_missing", `field \`${here}\`: is missing`);
  });
}

function readField(field: Field, reader: Reader, strict: boolean, where: string): unknown {
  const value = readValue(field.kind, field, reader, strict, where);
  if (value !== null) return value;
  if (field.optional !== true) throw new Fault("field_missing", `field \`${where}\`: is nil`);
  return null;
}

/** null for nil. */
function readValue(kind: string, field: Field, reader: Reader, strict: boolean, where: string): unknown {
  if (kind === "raw") return readRaw(reader);
  const from = reader.at;
  const head = reader.head();
  if (head === "nil") return null;
  switch (kind) {
    case "bool":
      if (head !== "bool") throw wrongType(where, "bool");
      return reader.truth;
    case "enum":
      if (head !== "int") throw wrongType(where, "an integer");
      return readEnum(field.type!, reader, strict, where);
    case "uuid":
    case "hash":
      return readFixed(kind, reader, head, where);
    case "slug":
    case "text":
      return readText(kind, field, reader, strict, where);
    case "bytes":
      if (head !== "bin") throw wrongType(where, "bin");
      if (strict) checkSize(field, reader.count, where);
      return reader.take().slice();
    case "list":
      return readList(field, reader, strict, where);
    case "struct":
      reader.at = from;
      return readStruct(field.type!, reader, strict, where);
    default:
      return readInteger(kind, reader, head, where);
  }
}

/** The bytes as they are; null for nil. */
function readRaw(reader: Reader): Uint8Array | null {
  const bytes = reader.raw();
  return bytes[0] === 0xc0 ? null : bytes.slice();
}

function readInteger(kind: string, reader: Reader, head: string, where: string): number | bigint {
  if (head !== "int") throw wrongType(where, "an integer");
  const [least, most] = RANGES[kind]!;
  const value = BigInt(reader.number);
  if (value < least || value > most) throw outOfRange(where, `not from ${least} to ${most}`);
  return kind === "u64" || kind === "i64" ? value : Number(value);
}

function readEnum(name: string, reader: Reader, strict: boolean, where: string): string {
  const number = Number(reader.number);
  const known = ENUM_NAMES.get(name)!.get(number);
  if (known === undefined && (strict || number < 1 || number > ENUM_MAX)) throw outOfRange(where, `not a ${name}`);
  return known ?? "unknown";
}

function readFixed(kind: string, reader: Reader, head: string, where: string): string | Uint8Array {
  if (head !== "bin") throw wrongType(where, "bin");
  const size = kind === "uuid" ? 16 : 32;
  if (reader.count !== size) throw outOfRange(where, `must have ${size} bytes`);
  const bytes = reader.take().slice();
  return kind === "uuid" ? uuidText(bytes) : bytes;
}

function readText(kind: string, field: Field, reader: Reader, strict: boolean, where: string): string {
  if (reader.kind !== "str") throw wrongType(where, "str");
  if (strict && kind === "text") checkSize(field, reader.count, where);
  const bytes = reader.take();
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw outOfRange(where, "is not UTF-8");
  }
  if (strict && CONTROL.test(text)) throw outOfRange(where, "holds a control character");
  if (strict && kind === "slug" && !SLUG.test(text)) throw outOfRange(where, "not a key ([a-z0-9-], 1 to 31)");
  return text;
}

function readList(field: Field, reader: Reader, strict: boolean, where: string): unknown[] {
  if (reader.kind !== "array") throw wrongType(where, "an array");
  const count = reader.count;
  if (strict) checkSize(field, count, where);
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const item = readValue(field.of!, field, reader, strict, `${where}[${i}]`);
    if (item === null) throw new Fault("field_missing", `field \`${where}[${i}]\`: is nil`);
    items.push(item);
  }
  return items;
}

function checkSize(field: Field, size: number, where: string): void {
  if (size < (field.min ?? 0)) throw outOfRange(where, `shorter than ${field.min}`);
  if (size > (field.max ?? 0)) throw outOfRange(where, `longer than ${field.max}`);
}

// ---------------------------------------------------------------------- writing

/** The bytes of one struct. Fields that have a default, or may be nil, can be left out. Throws Fault. */
export function encode(struct: string, values: object): Uint8Array {
  const writer = new Writer();
  writeStruct(struct, values as Values, writer);
  return writer.bytes();
}

export function writeStruct(struct: string, values: Values, writer: Writer, where = ""): void {
  const fields = fieldsOf(struct);
  writer.array(fields.length);
  for (const field of fields) writeField(field, values[field.name], writer, where ? `${where}.${field.name}` : field.name);
}

export function writeField(field: Field, given: unknown, writer: Writer, where: string): void {
  const value = given ?? field.absent ?? null;
  if (value === null || (field.optional === true && isZero(value))) {
    if (field.optional !== true && !(field.kind === "raw" && value === null))
      throw new Fault("field_missing", `field \`${where}\`: is missing`);
    writer.nil();
  } else if (field.kind === "list") {
    writeList(field, value, writer, where);
  } else {
    writeValue(field.kind, field, value, writer, where);
  }
}

/** Optional and zero are the same: nil. */
function isZero(value: unknown): boolean {
  return value === "" || value === 0 || value === 0n || (value instanceof Uint8Array && value.length === 0);
}

function writeList(field: Field, value: unknown, writer: Writer, where: string): void {
  if (!Array.isArray(value)) throw wrongType(where, "an array");
  checkSize(field, value.length, where);
  writer.array(value.length);
  value.forEach((item, i) => writeValue(field.of!, field, item, writer, `${where}[${i}]`));
}

function writeValue(kind: string, field: Field, value: unknown, writer: Writer, where: string): void {
  switch (kind) {
    case "bool":
      if (typeof value !== "boolean") throw wrongType(where, "a boolean");
      return writer.bool(value);
    case "enum":
      return writer.int(enumNumber(field.type!, value, where));
    case "uuid":
      return writer.bin(uuidBytes(value, where));
    case "hash":
    case "bytes":
      return writer.bin(binary(kind, field, value, where));
    case "slug":
    case "text":
      return writer.str(textBytes(kind, field, value, where));
    case "raw":
      if (!(value instanceof Uint8Array)) throw wrongType(where, "a Uint8Array");
      return writer.append(value);
    case "struct":
      if (typeof value !== "object" || value === null) throw wrongType(where, "an object");
      return writeStruct(field.type!, value as Values, writer, where);
    default:
      return writer.int(integer(kind, value, where));
  }
}

function enumNumber(name: string, value: unknown, where: string): number {
  const number = Object.hasOwn(ENUMS[name]!, String(value)) ? ENUMS[name]![String(value)] : undefined;
  if (number === undefined) throw outOfRange(where, `not a ${name}`);
  return number;
}

function integer(kind: string, value: unknown, where: string): number | bigint {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw wrongType(where, "an integer");
  const [least, most] = RANGES[kind]!;
  const number = BigInt(value as number | bigint);
  if (number < least || number > most) throw outOfRange(where, `not from ${least} to ${most}`);
  return value as number | bigint;
}

function binary(kind: string, field: Field, value: unknown, where: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongType(where, "a Uint8Array");
  if (kind === "bytes") checkSize(field, value.length, where);
  else if (value.length !== 32) throw outOfRange(where, "must have 32 bytes");
  return value;
}

function textBytes(kind: string, field: Field, value: unknown, where: string): Uint8Array {
  if (typeof value !== "string") throw wrongType(where, "a string");
  if (kind === "slug" && !SLUG.test(value)) throw outOfRange(where, "not a key ([a-z0-9-], 1 to 31)");
  if (CONTROL.test(value)) throw outOfRange(where, "holds a control character");
  const bytes = encoder.encode(value);
  if (kind === "text") checkSize(field, bytes.length, where);
  return bytes;
}

function uuidBytes(value: unknown, where: string): Uint8Array {
  if (typeof value !== "string" || !UUID.test(value)) throw wrongType(where, "a uuid");
  const hex = value.replaceAll("-", "");
  return Uint8Array.from({ length: 16 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** Sixteen bytes as a uuid's text. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
