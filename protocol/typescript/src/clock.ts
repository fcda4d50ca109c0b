/* clock: time as the client sees it, so that tests can turn it. */

export interface Clock {
  /** Milliseconds since 1970, UTC, that never go back: what the machine's clock is set to while the client runs is not seen. */
  now(): number;
  /** Runs `action` once after `ms`; returns what calls it off. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
