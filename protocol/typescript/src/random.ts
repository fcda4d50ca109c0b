/* random: WebCrypto. Browsers and Node 20 and later have it as a global; Node 18 has it in a module. The module's name
 * is no literal, so that bundlers for browsers do not look for it. */

const nodeCrypto = "node:crypto";

export const webcrypto: Crypto =
  globalThis.crypto ?? ((await import(nodeCrypto)) as { webcrypto: Crypto }).webcrypto;

export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return webcrypto.getRandomValues(new Uint8Array(count));
}
