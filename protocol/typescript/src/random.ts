/* random: WebCrypto. Browsers and Node 20 and later have it as a global; Node 18 has it in a module. */

import { load } from "./load.js";

export const webcrypto: Crypto = globalThis.crypto ?? ((await load("node:crypto")) as { webcrypto: Crypto }).webcrypto;

export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return webcrypto.getRandomValues(new Uint8Array(count));
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
