/* backoff: when to try again. Once at once, if nothing else was advised; then tries in a row double the wait, up to a limit, but
 * never sooner than the server asked. Chance spreads all of it: thousands of clients lose their sockets in the same moment. */

const AT_ONCE_MS = 100;
const ADVISED_MAX_MS = 3_600_000;

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

  /** Milliseconds to wait before the next try. `later`: the server, or who cannot be reached, wants it so; `advisedMs` is the
   *  least that was asked for. */
  next(later: boolean, advisedMs: number): number {
    const tries = this.tries++;
    if (tries === 0 && !later && advisedMs === 0) return this.random() * Math.min(AT_ONCE_MS, this.maxMs);
    const advised = Math.min(advisedMs, ADVISED_MAX_MS);
    const own = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(tries, 16));
    const least = Math.max(own / 2, advised);
    return least + this.random() * Math.max(own - least, least / 2);
  }
}
