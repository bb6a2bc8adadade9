/**
 * Lines that show nothing because the broker refused them or because their source went away. No such cause lasts forever: another
 * session of the user ends, a farm comes back, a subscription begins. Lines that share a cause form a group, and one of each source in it
 * (an underlying and its exchange) is requested again every five seconds: what stays refused holds back no other. When one ticks, the others are reopened at the pace of requests, the most dangerous first. So
 * nothing floods the gateway while a refusal lasts, and quotes are back within seconds of its end.
 */
import type { Log } from '../domain/log.js';
import type { QuoteLine } from './quote-line.js';

/** Wall time between two tries of a group, and between two reopenings of the whole group. */
const ASK_MS = 5_000;

interface Group {
  readonly lines: Set<QuoteLine>;
  /** Lines that have been tried in this round. */
  readonly asked: Set<QuoteLine>;
  /** How often one of its lines was refused. */
  refusals: number;
  timer: NodeJS.Timeout | undefined;
  sweptAt: number;
  /** The whole group is to be reopened at the next turn. */
  due: boolean;
}

export class QuoteRecovery {
  private readonly groups = new Map<string, Group>();
  private readonly groupOf = new Map<QuoteLine, string>();
  private paused = false;
  private stepped = false;

  /** @param reopen reopens a line, at the pace of requests */
  constructor(
    private readonly reopen: (line: QuoteLine) => void,
    private readonly log: Log,
  ) {}

  /** The line shows nothing, for this cause. */
  add(line: QuoteLine, cause: string): void {
    const group = this.groups.get(cause) ?? this.begin(cause);
    group.refusals += 1;
    if (this.groupOf.get(line) === cause) return;
    group.lines.add(line);
    this.remove(line);
    this.groupOf.set(line, cause);
  }

  /**
   * How often lines with the same trouble were refused so far; undefined when it is in no such trouble. While only a step of the
   * clock can change it, it counts as refused infinitely often.
   */
  refusalsOf(line: QuoteLine): number | undefined {
    const cause = this.groupOf.get(line);
    if (cause === undefined) return undefined;
    return this.stepped ? Number.POSITIVE_INFINITY : this.groups.get(cause)?.refusals;
  }

  /** The line has ticked: its trouble is over, for the others of its group as well. */
  heard(line: QuoteLine): void {
    const cause = this.groupOf.get(line);
    if (cause === undefined) return;
    this.remove(line);
    this.log('info', 'quotes are back', { conId: line.contract.conId, cause });
    // Unrequested ticks are changes, not the whole quote.
    if (!line.askedAgain) this.reopen(line);
    this.back(cause);
  }

  /** The broker reports that the trouble is over: all lines of the group are reopened. */
  back(cause: string): void {
    const group = this.groups.get(cause);
    if (group === undefined) return;
    if (this.stepped || performance.now() - group.sweptAt >= ASK_MS) this.sweep(group);
    else group.due = true;
  }

  /** While the gateway has no link to the broker, requests are pointless. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    for (const cause of [...this.groups.keys()]) this.back(cause);
  }

  /** One turn of every group: a stepped clock has moved. From the first turn on, wall time does not count. */
  step(): void {
    this.stepped = true;
    for (const [cause, group] of this.groups) {
      clearTimeout(group.timer);
      this.turn(cause, group);
    }
  }

  remove(line: QuoteLine): void {
    const cause = this.groupOf.get(line);
    if (cause === undefined) return;
    this.groupOf.delete(line);
    const group = this.groups.get(cause);
    group?.lines.delete(line);
    group?.asked.delete(line);
    if (group === undefined || group.lines.size > 0) return;
    clearTimeout(group.timer);
    this.groups.delete(cause);
  }

  clear(): void {
    for (const group of this.groups.values()) clearTimeout(group.timer);
    this.groups.clear();
    this.groupOf.clear();
    this.paused = false;
  }

  private begin(cause: string): Group {
    const group: Group = {
      lines: new Set(),
      asked: new Set(),
      refusals: 0,
      timer: undefined,
      sweptAt: Number.NEGATIVE_INFINITY,
      due: false,
    };
    this.groups.set(cause, group);
    this.schedule(cause, group);
    return group;
  }

  private schedule(cause: string, group: Group): void {
    if (this.stepped) return;
    group.timer = setTimeout(() => this.turn(cause, group), ASK_MS);
  }

  private turn(cause: string, group: Group): void {
    if (!this.paused) {
      if (group.due) this.sweep(group);
      else this.ask(group);
    }
    this.schedule(cause, group);
  }

  /** Requests one line of each source: the most dangerous that was not tried in this round. One that stays refused holds back no other. */
  private ask(group: Group): void {
    const bySource = new Map<string, QuoteLine[]>();
    for (const line of byDanger(group.lines)) bySource.set(line.source, [...(bySource.get(line.source) ?? []), line]);
    for (const lines of bySource.values()) {
      let next = lines.find((line) => !group.asked.has(line));
      if (next === undefined) {
        for (const line of lines) group.asked.delete(line);
        [next] = lines;
      }
      if (next === undefined) continue;
      group.asked.add(next);
      this.reopen(next);
    }
  }

  private sweep(group: Group): void {
    if (this.paused) {
      group.due = true;
      return;
    }
    group.due = false;
    group.sweptAt = performance.now();
    for (const line of byDanger(group.lines)) this.reopen(line);
  }
}

/** Short legs of watched positions first, then their other legs, then underlyings, then the rest. */
export function byDanger(lines: Iterable<QuoteLine>): QuoteLine[] {
  return [...lines].sort((left, right) => left.rank - right.rank);
}
