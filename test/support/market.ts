/** A market that stands still by itself, and what a test does to it. */
import type { World } from './world.js';

/** Nothing moves the prices but a test. */
export const STILL = { realizedRatio: 0, volOfVol: 0 } as const;

/** Settings for worlds with a fast clock: other load on the machine for some seconds makes no price too old. */
export const UNHURRIED = {
  entry: { underlyingFreshSeconds: 1_200, vixFreshSeconds: 1_200, bookFreshSeconds: 1_200 },
} as const;

/** Market time within which each leg is quoted again after a move; each has its own. */
const QUOTED_MS = 60_000;

/** The market of SPY, moved by a test; every move can be taken back. */
export class MovedMarket {
  private undo: (() => void)[] = [];
  private moved = false;

  constructor(private readonly world: () => World) {}

  /** Multiplies the price, and adds to implied volatility. */
  move({ spotFactor = 1, ivAdd = 0 }: { readonly spotFactor?: number; readonly ivAdd?: number }): void {
    const { gateway } = this.world();
    this.moved = true;
    gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor, ivAdd });
    this.undo.push(() => gateway.set({ kind: 'shock', symbol: 'SPY', spotFactor: 1 / spotFactor, ivAdd: -ivAdd }));
  }

  /** Takes every move back. */
  calmDown(): void {
    for (const step of this.undo.reverse()) step();
    this.undo = [];
  }

  /** Takes every move back and waits until the quotes have followed: the next test finds the market as it was. */
  async over(): Promise<void> {
    if (!this.moved) return;
    this.calmDown();
    const world = this.world();
    const settled = world.gateway.now() + QUOTED_MS;
    await world.waitUntil('the quotes have followed', () => world.gateway.now() >= settled, QUOTED_MS);
    this.moved = false;
  }
}
