/* msgpack: reading and writing bytes, bounded.
 *
 * `scan` is the first pass over whatever came from a network: it finds the end of one value and holds it against
 * limits (depth, number of values, counts that bytes do not back, no ext, no NaN) without allocating. After it a
 * `Reader` may walk the same bytes and believe every head it reads. Written is the shortest form, as the server writes
 * it: equal values have equal bytes.
 *
 * What a value means (types, ranges, UTF-8) is the business of codec.ts. */

/** What is wrong with bytes or with a value; `code` is one of the protocol's errors. */
export class Fault extends Error {
  override readonly name = "Fault";
  constructor(
    readonly code:
      | "malformed"
      | "too_deep"
      | "too_many_values"
      | "field_missing"
      | "field_wrong_type"
      | "field_out_of_range",
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

export type Kind = "nil" | "bool" | "int" | "float" | "str" | "bin" | "array" | "map";

const EMPTY = new Uint8Array(0);

/** Walks over bytes. After `head`, `kind`, `count` (of str, bin, array, map), `truth` and `number` are those of the value;
 *  the text or bytes of str and bin follow and are taken by `take`. */
export class Reader {
  kind: Kind = "nil";
  count = 0;
  truth = false;
  /** Of an int; a bigint where a number could not hold it exactly. */
  number: number | bigint = 0;
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads one head. Throws Fault when it is cut off or no value begins so. */
  head(): Kind {
    const first = this.unsigned(1);
    if (first < 0x80) return this.int(first);
    if (first < 0x90) return this.sized("map", first & 0x0f);
    if (first < 0xa0) return this.sized("array", first & 0x0f);
    if (first < 0xc0) return this.sized("str", first & 0x1f);
    if (first >= 0xe0) return this.int(first - 0x100);
    return this.marked(first);
  }

  private marked(first: number): Kind {
    switch (first) {
      case 0xc0:
        return (this.kind = "nil");
      case 0xc2:
      case 0xc3:
        this.truth = first === 0xc3;
        return (this.kind = "bool");
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.sized("bin", this.unsigned(1 << (first - 0xc4)));
      case 0xca:
      case 0xcb:
        return this.float(first === 0xca ? 4 : 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.int(this.unsigned(1 << (first - 0xcc)));
      case 0xcf:
        return this.int(this.wide(false));
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.int(this.signed(1 << (first - 0xd0)));
      case 0xd3:
        return this.int(this.wide(true));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.sized("str", this.unsigned(1 << (first - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.sized("array", this.unsigned(2 << (first - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.sized("map", this.unsigned(2 << (first - 0xde)));
      default:
        throw new Fault("malformed", "ext, or a byte that begins nothing");
    }
  }

  /** The bytes of the str or bin whose head was read. They lie in the input. */
  take(): Uint8Array {
    this.at += this.count;
    return this.bytes.subarray(this.at - this.count, this.at);
  }

  /** Moves past the next value, however deep. */
  skip(): void {
    for (let left = 1; left > 0; left--) {
      const kind = this.head();
      if (kind === "str" || kind === "bin") this.at += this.count;
      else if (kind === "array") left += this.count;
      else if (kind === "map") left += 2 * this.count;
    }
  }

  /** The bytes of the next value, which is moved past. */
  raw(): Uint8Array {
    const from = this.at;
    this.skip();
    return this.bytes.subarray(from, this.at);
  }

  private int(value: number | bigint): Kind {
    this.number = value;
    return (this.kind = "int");
  }

  private sized(kind: Kind, count: number): Kind {
    this.count = count;
    const least = kind === "map" ? 2 * count : count; /* each element takes a byte */
    if (least > this.end - this.at) throw new Fault("malformed", "cut off");
    return (this.kind = kind);
  }

  private float(size: number): Kind {
    this.need(size);
    const value = size === 4 ? this.view.getFloat32(this.at) : this.view.getFloat64(this.at);
    if (Number.isNaN(value)) throw new Fault("malformed", "not a number");
    this.at += size;
    return (this.kind = "float");
  }

  private unsigned(size: number): number {
    this.need(size);
    this.at += size;
    if (size === 1) return this.view.getUint8(this.at - 1);
    return size === 2 ? this.view.getUint16(this.at - 2) : this.view.getUint32(this.at - 4);
  }

  private signed(size: number): number {
    const value = this.unsigned(size);
    return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
  }

  private wide(signed: boolean): number | bigint {
    this.need(8);
    this.at += 8;
    const value = signed ? this.view.getBigInt64(this.at - 8) : this.view.getBigUint64(this.at - 8);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  private need(size: number): void {
    if (size > this.end - this.at) throw new Fault("malformed", "cut off");
  }
}

/** The end of the value at `from`, which keeps the limits. */
export function scan(bytes: Uint8Array, from: number, depthMax: number, valuesMax: number): number {
  const reader = new Reader(bytes, from);
  const open: number[] = []; /* values that each open container still expects */
  let values = 0;
  do {
    const kind = reader.head();
    if (++values > valuesMax) throw new Fault("too_many_values", `more than ${valuesMax}`);
    if (open.length > 0) open[open.length - 1]!--;
    if (kind === "str" || kind === "bin") reader.at += reader.count;
    if (kind === "array" || kind === "map") {
      if (open.length === depthMax) throw new Fault("too_deep", `more than ${depthMax} levels`);
      open.push(kind === "map" ? 2 * reader.count : reader.count);
    }
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  } while (open.length > 0);
  return reader.at;
}

/** Grows as needed; `bytes` is what was written so far. */
export class Writer {
  private buffer = new Uint8Array(256);
  private size = 0;

  bytes(): Uint8Array {
    return this.size === 0 ? EMPTY : this.buffer.slice(0, this.size);
  }

  nil(): void {
    this.byte(0xc0);
  }

  bool(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  int(value: number | bigint): void {
    if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) value = Number(value);
    if (typeof value === "bigint") this.wide(value);
    else if (value >= 0) this.unsigned(value);
    else this.negative(value);
  }

  str(value: Uint8Array): void {
    if (value.length < 32) this.byte(0xa0 | value.length);
    else this.counted([0xd9, 0xda, 0xdb], value.length);
    this.append(value);
  }

  bin(value: Uint8Array): void {
    this.counted([0xc4, 0xc5, 0xc6], value.length);
    this.append(value);
  }

  array(count: number): void {
    if (count < 16) this.byte(0x90 | count);
    else if (count < 0x10000) this.fixed(0xdc, 2, count);
    else this.fixed(0xdd, 4, count);
  }

  /** Bytes that are msgpack already. */
  append(value: Uint8Array): void {
    this.room(value.length);
    this.buffer.set(value, this.size);
    this.size += value.length;
  }

  private unsigned(value: number): void {
    if (value < 0x80) this.byte(value);
    else if (value > 0xffffffff) this.wide(BigInt(value));
    else this.counted([0xcc, 0xcd, 0xce], value);
  }

  private negative(value: number): void {
    if (value >= -32) this.byte(value & 0xff);
    else if (value >= -0x80) this.counted([0xd0, 0xd1, 0xd2], value & 0xff);
    else if (value >= -0x8000) this.fixed(0xd1, 2, value & 0xffff);
    else if (value >= -0x80000000) this.fixed(0xd2, 4, value >>> 0);
    else this.wide(BigInt(value));
  }

  private wide(value: bigint): void {
    this.room(9);
    this.byte(value < 0n ? 0xd3 : 0xcf);
    const view = new DataView(this.buffer.buffer);
    if (value < 0n) view.setBigInt64(this.size, value);
    else view.setBigUint64(this.size, value);
    this.size += 8;
  }

  /** A mark by the size of the number, then the number in 1, 2 or 4 bytes. */
  private counted(marks: [number, number, number], number: number): void {
    if (number < 0x100) this.fixed(marks[0], 1, number);
    else if (number < 0x10000) this.fixed(marks[1], 2, number);
    else this.fixed(marks[2], 4, number);
  }

  private fixed(mark: number, size: 1 | 2 | 4, number: number): void {
    this.room(size + 1);
    this.byte(mark);
    const view = new DataView(this.buffer.buffer);
    if (size === 1) view.setUint8(this.size, number);
    else if (size === 2) view.setUint16(this.size, number);
    else view.setUint32(this.size, number);
    this.size += size;
  }

  private byte(value: number): void {
    this.room(1);
    this.buffer[this.size++] = value;
  }

  private room(bytes: number): void {
    if (this.size + bytes <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.size + bytes));
    larger.set(this.buffer.subarray(0, this.size));
    this.buffer = larger;
  }
}
