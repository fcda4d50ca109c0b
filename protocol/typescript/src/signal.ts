/* signal: an event with listeners. One that throws disturbs neither the others nor the client: its error is thrown
 * again where nobody is waiting, and so reaches the host's handler of uncaught errors. */

/** Runs code of the game's. */
export function guarded(action: () => void): void {
  try {
    action();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export class Signal<T> {
  private readonly listeners = new Set<(value: T) => void>();

  /** Calls `listener` from now on; returns what ends it. */
  on(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The next one. */
  next(): Promise<T> {
    return new Promise((resolve) => {
      const off = this.on((value) => {
        off();
        resolve(value);
      });
    });
  }

  emit(value: T): void {
    for (const listener of [...this.listeners]) guarded(() => listener(value));
  }
}
