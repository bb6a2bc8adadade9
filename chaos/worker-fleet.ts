/**
 * The workers of a seed: child processes under a supervisor that starts a new one whenever one has ended, as a container
 * platform does.
 */
import { type Part, type StackLog, startCommand } from 'legwork/stack';
import { kill } from './servers.js';

const RESTART_MS = 300;

interface Member {
  part: Part;
  /** It has reported that it holds the broker session. */
  holds: boolean;
  /** When it may be started again, wall ms; set by a kill. */
  notBefore: number;
  paused: boolean;
  /** The last line of its output. */
  said: string;
}

export class WorkerFleet {
  readonly #members: Member[] = [];
  #closing = false;
  /** Ends of workers that were not stopped, each with the last lines of the process. */
  readonly crashes: string[] = [];

  constructor(
    private readonly env: Readonly<Record<string, string>>,
    private readonly log: StackLog,
    count: number,
  ) {
    for (let index = 0; index < count; index++) this.#members.push(this.#spawn());
  }

  /** Whether any member holds the broker session. */
  get served(): boolean {
    return this.#members.some((member) => member.holds && !member.paused);
  }

  async kill(downMs: number): Promise<void> {
    const member = this.#victim();
    if (member === undefined) return;
    member.notBefore = Date.now() + downMs;
    await kill(member.part);
  }

  /** An orderly end; a new process follows. */
  async restart(): Promise<void> {
    const member = this.#victim();
    if (member === undefined) return;
    member.notBefore = Date.now();
    await member.part.stop();
  }

  pause(): () => void {
    const member = this.#victim();
    if (member === undefined) return () => undefined;
    const { pid } = member.part;
    process.kill(pid, 'SIGSTOP');
    member.paused = true;
    return () => {
      member.paused = false;
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // It was killed meanwhile.
      }
    };
  }

  async stop(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#members.map(({ part }) => kill(part)));
  }

  #victim(): Member | undefined {
    return this.#members.find((member) => member.holds && !member.paused) ?? this.#members[0];
  }

  #spawn(): Member {
    let member: Member | undefined;
    const part = startCommand({
      name: 'worker',
      args: ['worker'],
      env: { NODE_OPTIONS: '', ...this.env },
      stopMs: 60_000,
      log: (name, line) => {
        if (member !== undefined) member.said = line;
        this.log(name, line);
      },
      onLine: (line) => {
        if (member !== undefined && line === 'broker session held') member.holds = true;
      },
    });
    member = { part, holds: false, notBefore: 0, paused: false, said: '' };
    const started = member;
    void part.ended.then((how) => this.#replace(started, how));
    return member;
  }

  #replace(member: Member, how: string): void {
    if (this.#closing) return;
    if (member.notBefore === 0) {
      const { length } = this.crashes;
      this.crashes.push(how);
      void member.part.read.then(() => {
        this.crashes[length] = `${how} (${member.said})`;
      });
    }
    const wait = Math.max(member.notBefore - Date.now(), member.notBefore === 0 ? RESTART_MS : 0);
    setTimeout(() => {
      if (!this.#closing) this.#members[this.#members.indexOf(member)] = this.#spawn();
    }, wait);
    member.holds = false;
  }
}
