/** Which parts of the system were down on purpose, and when: no promise is measured in that time. Wall ms. */

export interface Outage {
  readonly what: string;
  readonly from: number;
  /** Undefined while it lasts. */
  to: number | undefined;
}

export class Outages {
  readonly list: Outage[] = [];

  /** Begins an outage; the result ends it. */
  begin(what: string): () => void {
    const outage: Outage = { what, from: Date.now(), to: undefined };
    this.list.push(outage);
    return () => {
      outage.to ??= Date.now();
    };
  }

  /** Wall ms of [from, to] in which nothing was down. */
  undisturbed(from: number, to: number): number {
    return undisturbedIn(this.list, from, to);
  }
}

/** The same over any list: overlapping outages count once. */
export function undisturbedIn(outages: readonly Outage[], from: number, to: number): number {
  const spans = outages
    .map((outage) => [Math.max(from, outage.from), Math.min(to, outage.to ?? to)] as const)
    .filter(([start, end]) => end > start)
    .sort((left, right) => left[0] - right[0]);
  let disturbed = 0;
  let reached = from;
  for (const [start, end] of spans) {
    if (end <= reached) continue;
    disturbed += end - Math.max(start, reached);
    reached = end;
  }
  return to - from - disturbed;
}
