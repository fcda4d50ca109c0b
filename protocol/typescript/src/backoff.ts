/* backoff: when to try again. The server's advice decides the first wait, tries in a row double it, chance spreads it:
 * thousands of clients lose their sockets in the same moment. */

export interface BackoffOptions {
  /** The first wait when nothing was advised. */
  firstMs?: number;
  maxMs?: number;
}

export class Backoff {
  /** Tries in a row that did not lead anywhere. */
  tries = 0;
  private readonly firstMs: number;
  private readonly maxMs: number;

  constructor(
    options: BackoffOptions = {},
    private readonly random: () => number = Math.random,
  ) {
    this.firstMs = options.firstMs ?? 500;
    this.maxMs = options.maxMs ?? 30_000;
  }

  /** Milliseconds to wait before the next try; `advisedMs` is what the server asked for, 0 for at once. */
  next(advisedMs: number): number {
    const tries = this.tries++;
    if (tries === 0 && advisedMs === 0) return this.random() * Math.min(100, this.maxMs);
    const wait = Math.min(this.maxMs, Math.max(this.firstMs, advisedMs) * 2 ** Math.min(tries, 16));
    const spread = wait * (0.5 + this.random() / 2);
    return Math.max(spread, Math.min(advisedMs, this.maxMs));
  }
}
