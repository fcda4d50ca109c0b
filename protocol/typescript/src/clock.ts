/* clock: time as the client sees it, so that tests can turn it. */

export interface Clock {
  /** Milliseconds since 1970, UTC, that never go back: what the machine's clock is set to while the client runs is not seen. */
  now(): number;
  /** Runs `action` once after `ms`; returns what calls it off. */
  after(ms: number, action: () => void): () => void;
}

const TIMER_MAX_MS = 2 ** 31 - 1; /* what is longer, platforms run at once */

export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, TIMER_MAX_MS));
    return () => clearTimeout(timer);
  },
};
