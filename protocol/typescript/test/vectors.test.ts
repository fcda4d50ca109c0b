/* The golden vectors of protocol/vectors, as every codec of every language is held against them: both ways byte for byte,
 * every truncation, unknown trailing fields, and the faults of fields with the errors they get. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { decode, encode, type Field, type Values } from "../dist/codec.js";
import * as frame from "../dist/frame.js";
import { LIMITS, PUSHES, REQUESTS, STRUCTS, VIEWS } from "../dist/gen/schema.js";
import type { Structs } from "../dist/gen/types.js";
import { Fault } from "../dist/msgpack.js";

type Json = Record<string, unknown>;
interface Vector {
  name: string;
  value: Json;
  hex: string;
  decode_only?: boolean;
}

const folder = fileURLToPath(new URL("../../vectors/", import.meta.url)); /* from build */

function load(name: string): { types: Record<string, Vector[]>; frames: (Json & { name: string; hex: string })[] } {
  return JSON.parse(readFileSync(`${folder}${name}.json`, "utf8"));
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A value in the vectors' notation, as this client has it. */
function valueOf(struct: string, json: Json): Values {
  const given = new Map(Object.entries(json).map(([name, value]) => [camel(name), value]));
  return Object.fromEntries(
    STRUCTS[struct]!.filter((field) => given.has(field.name)).map((field) => [field.name, scalar(field, field.kind, given.get(field.name))]),
  );
}

function scalar(field: Field, kind: string, json: unknown): unknown {
  if (json === null) return null;
  if (kind === "list") return (json as unknown[]).map((item) => scalar(field, field.of!, item));
  if (kind === "struct") return valueOf(field.type!, json as Json);
  if (kind === "u64" || kind === "i64") return BigInt(json as string);
  if (kind === "time") return Number(json);
  if (kind === "hash" || kind === "bytes" || kind === "raw") return bytesOf(json as string);
  return json;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error.code;
  }
  return "fine";
}

for (const file of ["messages", "commands", "queries", "events", "rows", "structs"]) {
  test(`${file}: values both ways, truncations`, () => {
    const types = Object.entries(load(file).types).filter(([name]) => STRUCTS[name] !== undefined);
    assert.ok(types.length > 0);
    for (const [name, vectors] of types)
      for (const vector of vectors) {
        const [bytes, value] = [bytesOf(vector.hex), valueOf(name, vector.value)];
        for (const strict of [true, false])
          assert.deepEqual(decode(name as keyof Structs, bytes, strict), value, `${name} ${vector.name}`);
        if (!vector.decode_only) assert.deepEqual(encode(name, value), bytes, `${name} ${vector.name}`);
        for (let size = 0; size < bytes.length; size++)
          assert.equal(codeOf(() => decode(name as keyof Structs, bytes.subarray(0, size))), "malformed");
      }
  });
}

test("every struct of this client has vectors", () => {
  const files = ["messages", "commands", "queries", "events", "rows", "structs"];
  const covered = new Set(files.flatMap((file) => Object.keys(load(file).types)));
  assert.deepEqual(Object.keys(STRUCTS).filter((name) => !covered.has(name)), []);
});

function payloadStruct(message: frame.Message, direction: string): string {
  if (message.type === frame.ERROR || direction === "push") return PUSHES[frame.PUSH_NAMES.get(message.type)!]!.payload;
  const entry = REQUESTS[frame.REQUEST_NAMES.get(message.type)!]!;
  return direction === "request" ? entry.payload : entry.reply;
}

function rowsJson(view: string, rows: readonly Json[]): frame.Row[] {
  return rows.map(({ position, deleted, ...values }) => ({
    position: BigInt(position as string),
    deleted: deleted as boolean,
    values: valueOf(VIEWS[view]!.struct, values),
  }));
}

test("whole frames: every message, and cut off anywhere", () => {
  for (const vector of load("envelope").frames) {
    const bytes = bytesOf(vector.hex);
    const direction = vector["direction"] as string;
    const named = vector["messages"] as Json[];
    const messages = frame.messagesOf(bytes);
    if (!REQUESTS[String(named[0]!["type"])] && direction === "request") continue; /* a command of the server's own */
    if (!REQUESTS[String(named[0]!["type"])] && direction === "reply") continue;
    assert.equal(messages.length, named.length, vector.name);
    messages.forEach((message, i) => checkMessage(message, direction, named[i]!));
    const ends = new Set(bounds(bytes));
    for (let size = 0; size < bytes.length; size++)
      assert.equal(codeOf(() => frame.messagesOf(bytes.subarray(0, size))), ends.has(size) ? "fine" : "malformed");
  }
});

/** Where messages of a frame end. */
function bounds(bytes: Uint8Array): number[] {
  let at = 0;
  return frame.messagesOf(bytes).map((message) => {
    at = message.payload.byteOffset + message.payload.length;
    if (message.meta !== null) at = message.meta.byteOffset + message.meta.length;
    else if (bytes[at] === 0xc0) at++;
    return at - bytes.byteOffset;
  });
}

function checkMessage(message: frame.Message, direction: string, named: Json): void {
  assert.equal(message.id, named["id"]);
  const struct = payloadStruct(message, direction);
  const payload = frame.payloadOf(struct, message.payload, true);
  const { rows, changes, ...json } = named["payload"] as Json;
  if (changes !== undefined) {
    const wanted = (changes as Json[]).map((change) => ({
      view: change["view"],
      rows: rowsJson(change["view"] as string, change["rows"] as Json[]),
    }));
    assert.deepEqual(frame.changesOf(payload["changes"] as []), wanted);
    delete payload["changes"];
  } else if (rows !== undefined && struct === "reply_list") {
    const view = REQUESTS[named["type"] as string]!.view!;
    assert.deepEqual(frame.rowsOf(view, payload["rows"] as Uint8Array, true), rowsJson(view, rows as Json[]));
    delete payload["rows"];
  }
  assert.deepEqual(payload, valueOf(struct, json));
  if (direction === "request" && named["meta"])
    assert.deepEqual(frame.payloadOf("meta", message.meta!, true), valueOf("meta", named["meta"] as Json));
}

test("requests are written as the vectors have them", () => {
  for (const vector of load("envelope").frames.filter((each) => each["direction"] === "request")) {
    const [named, ...more] = vector["messages"] as Json[];
    const type = named!["type"] as string;
    if (more.length > 0 || vector.name.includes("nil meta") || !REQUESTS[type]) continue;
    const payload = valueOf(REQUESTS[type]!.payload, named!["payload"] as Json);
    const meta = named!["meta"] === null ? null : valueOf("meta", named!["meta"] as Json);
    assert.deepEqual(frame.request(named!["id"] as number, type, payload, meta), bytesOf(vector.hex), vector.name);
  }
});

test("malformed frames get their error", () => {
  const judged = new Set(["malformed", "too_deep", "too_many_values", "field_missing", "field_wrong_type", "field_out_of_range"]);
  let count = 0;
  for (const vector of load("malformed").frames) {
    if (!judged.has(vector["error"] as string)) continue; /* the envelope's ids, types and command ids are a server's to judge */
    const code = codeOf(() => {
      for (const message of frame.messagesOf(bytesOf(vector.hex), LIMITS["depthMax"], LIMITS["valuesMax"])) {
        if (message.meta !== null) frame.payloadOf("meta", message.meta, true);
        frame.payloadOf(payloadStruct(message, "request"), message.payload, true);
      }
    });
    assert.equal(code, vector["error"], vector.name);
    count++;
  }
  assert.ok(count > 100, String(count));
});

test("a client reads what a newer server may say", () => {
  const bytes = (values: object): Uint8Array => encode("pull", values);
  const pull = bytes({ character: "pip", rarity: "epic", copies: 1 });
  pull[5] = 9; /* the rarity's number: 1 + 1 + 3 bytes before it */
  assert.equal(decode("pull", pull).rarity, "unknown");
  assert.equal(codeOf(() => decode("pull", pull, true)), "field_out_of_range");
  assert.equal(codeOf(() => encode("pull", { character: "pip", rarity: "unknown", copies: 1 })), "field_out_of_range");
});

test("what a newer server appended inside of a list is skipped", () => {
  const head = { rarity: "rare", weight: 5 };
  const pack = {
    pack: "p", version: 1, name: "P", price: 1n, tenPrice: 1n, rarities: [head, head], entries: [], dropped: [], pityGroup: "g",
    hardPity: 0, pityRarity: "epic", item: null, limited: false, publishedAt: 0,
  };
  const bytes = [...encode("event_pack_published", pack)];
  const at = bytes.indexOf(0x92, 1) + 1; /* the first of the two weights: [2, 5] */
  assert.deepEqual(bytes.slice(at - 1, at + 6), [0x92, 0x92, 2, 5, 0x92, 2, 5]);
  bytes.splice(at, 3, 0x94, 2, 5, 0x91, 0xc0, 0xa1, 0x78); /* [2, 5, [nil], "x"] */
  assert.deepEqual(decode("event_pack_published", Uint8Array.from(bytes)), pack);
});

test("what is written is checked as the server will check it", () => {
  const wrong: [object, string][] = [
    [{ pack: "Vernal", count: 1 }, "field_out_of_range"],
    [{ pack: "vernal", count: 256 }, "field_out_of_range"],
    [{ pack: "vernal", count: 1.5 }, "field_wrong_type"],
    [{ pack: "vernal" }, "field_missing"],
    [{ pack: "vernal", count: 1, payment: "gold" }, "field_out_of_range"],
  ];
  for (const [values, code] of wrong) assert.equal(codeOf(() => encode("command_open_pack", values)), code);
  const team = (name: string): string => codeOf(() => encode("command_form_team", { name, members: [] }));
  assert.deepEqual([team("x".repeat(41)), team(""), team("a\u0007b"), team("é".repeat(20))],
    ["field_out_of_range", "field_out_of_range", "field_out_of_range", "fine"]);
});
