/** A worker that can be made to die at a durable boundary while it runs (src/worker/crash-points.ts). */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from '../../src/stack/child.js';
import type { World } from '../support/world.js';

const HELD_MS = 60_000;

/** A process without the session asks for its lease every second. */
export const standsBy = (passed: readonly string[]): boolean => passed.includes('store.leases.acquire:after');

export class KillableWorker {
  private readonly orders: string;
  private part: Part | undefined;
  private lists = 0;

  /** `name` distinguishes the workers of one world. */
  constructor(
    private readonly world: World,
    name = 'worker',
  ) {
    this.orders = join(world.dir, `crash-orders-${name}`);
  }

  /** Starts a process of it and waits until it holds the broker session, or has died before when it `may die`. */
  async start(how: 'must live' | 'may die' = 'must live'): Promise<void> {
    const held = { yet: false };
    this.spawn().then(
      () => {
        held.yet = true;
      },
      () => undefined,
    );
    await this.world.waitUntil('a worker holds the broker session', () => held.yet || !this.lives, HELD_MS);
    if (held.yet || how === 'may die') return;
    throw new Error(`The worker ended before it held the session:\n${this.world.log.slice(-15).join('\n')}`);
  }

  /** Starts a process of it that stands by for another's session. */
  async startStandby(): Promise<void> {
    const listed = this.list();
    void this.spawn();
    await this.world.waitUntil('a worker stands by', () => standsBy(listed()), HELD_MS);
    this.disarm();
  }

  get pid(): number {
    if (this.part === undefined) throw new Error('The worker was not started.');
    return this.part.pid;
  }

  /** Whether its present process is running. */
  get lives(): boolean {
    return this.part !== undefined;
  }

  dieAt(boundary: string, nth: number): void {
    this.order(`kill ${boundary}#${nth}`);
  }

  standStillAt(boundary: string): void {
    this.order(`stop ${boundary}#1`);
  }

  disarm(): void {
    this.order('');
  }

  /** From now on every boundary is recorded; returns a function that reads the names so far, in order. */
  list(): () => readonly string[] {
    this.lists += 1;
    const file = `${this.orders}-list-${this.lists}`;
    writeFileSync(file, '');
    this.order(`list ${file}`);
    return () => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  }

  /** kill -9 from outside, even of a suspended process. */
  async kill(): Promise<void> {
    const { part } = this;
    if (part === undefined) return;
    process.kill(part.pid, 'SIGKILL');
    await part.ended;
  }

  private spawn(): Promise<true> {
    const { part, held } = this.world.spawnWorker({ LEGWORK_CRASH_AT: this.orders });
    this.part = part;
    part.ended.then(
      () => {
        if (this.part === part) this.part = undefined;
      },
      () => undefined,
    );
    return held;
  }

  /** Written to another file and renamed: a boundary never reads half of it. */
  private order(text: string): void {
    const aside = `${this.orders}-new`;
    writeFileSync(aside, text);
    renameSync(aside, this.orders);
  }
}
