/* uuid: command ids. Version 7: the time in front, so that the server's index of ids grows at one end. */

import { uuidText } from "./codec.js";
import { randomBytes } from "./random.js";

export function uuidV7(nowMs: number): string {
  const bytes = randomBytes(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(nowMs / 2 ** 32));
  view.setUint32(2, nowMs >>> 0);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return uuidText(bytes);
}
