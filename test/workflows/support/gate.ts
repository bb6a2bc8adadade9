/** A door that a scripted activity waits at until the test opens it. */
import { beating } from './desk.js';

export interface Gate {
  /** Waits with heartbeats. */
  readonly passed: () => Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed: () => beating(opened), open: () => open() };
}
