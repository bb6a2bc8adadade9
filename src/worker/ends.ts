/** What a process has to end, the latest first. */
import type { Log } from '../domain/log.js';

export class Ends {
  private readonly steps: { readonly name: string; readonly end: () => unknown }[] = [];
  private running: Promise<void> | undefined;
  private current: string | undefined;

  constructor(private readonly log: Log) {}

  /** `end` is called after those of everything added later. What is added once the end has begun is ended next. */
  add(name: string, end: () => unknown): void {
    this.steps.push({ name, end });
    if (this.running !== undefined) this.running = this.running.then(() => this.run());
  }

  /** Ends everything once; a step that fails does not hold back the others. */
  async all(): Promise<void> {
    this.running ??= this.run();
    await this.running;
  }

  /** What has not ended yet, for people. */
  get open(): string {
    return [
      ...(this.current === undefined ? [] : [this.current]),
      ...this.steps.map(({ name }) => name).reverse(),
    ].join(', ');
  }

  private async run(): Promise<void> {
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      this.current = step.name;
      try {
        await step.end();
      } catch (error) {
        this.log('warn', 'a part did not end in order', { part: step.name, error: String(error) });
      }
      this.current = undefined;
    }
  }
}
