/**
 * What feeds the session's lines: the link of the gateway to the broker, and the data farms. The parts of the broker are notified which lines
 * are concerned, and a gateway that forgets to say that its link is back is reconnected.
 */
import type { FarmKind } from '../domain/ib-codes.js';
import type { Connection } from './connection.js';
import { type FarmNotice, Farms, fedBy } from './farms.js';
import type { LinkHealth } from './link-health.js';
import type { Notice } from './notices.js';
import type { SessionPart } from './session-part.js';

export interface FeedPorts {
  readonly parts: readonly SessionPart[];
  readonly link: LinkHealth;
  /** Wall ms for which farms may be well before the gateway says that its link is. */
  readonly patienceMs: number;
  readonly drop: (connection: Connection, reason: string) => void;
}

export class Feeds {
  private readonly farms = new Farms();
  private silence: NodeJS.Timeout | undefined;

  constructor(private readonly ports: FeedPorts) {}

  /** Takes in a message, which the link's health has taken in before; true when it changed what is shown of the session. */
  apply(connection: Connection, { link, dataLost, farm }: Notice): boolean {
    if (link !== undefined) this.expectNothing();
    for (const part of this.ports.parts) {
      if (dataLost) part.linesLost?.(connection);
      else if (link === 'lost') part.linkLost?.(connection);
      else if (link === 'back') part.linkBack?.(connection);
    }
    return farm !== undefined && this.farm(connection, farm);
  }

  /** What is the matter with the farms of a kind, for messages; undefined: nothing. */
  trouble(kind: FarmKind): string | undefined {
    return this.farms.trouble(kind);
  }

  ended(): void {
    this.farms.clear();
    this.expectNothing();
  }

  /** A data farm came or went: only what it feeds is concerned. */
  private farm(connection: Connection, notice: FarmNotice): boolean {
    const news = this.farms.apply(notice);
    const well = notice.state === 'well';
    if (!well) this.expectNothing();
    else if (this.ports.link.lost) this.expectLink(connection);
    const feeds = notice.kind === 'market' ? fedBy(notice.name) : [];
    if (!news || feeds.length === 0) return false;
    const cause = `the market data farm ${notice.name} is away`;
    for (const part of this.ports.parts) {
      if (well) part.linesBack?.(connection, cause, feeds);
      else part.linesBroken?.(connection, cause, feeds);
    }
    return notice.state === 'broken' && this.ports.link.blockModify();
  }

  /**
   * Farms are well again, so the gateway has its link; that it says so (1101, 1102) was seen to stay out. Where nothing else happens a
   * fresh session tells.
   */
  private expectLink(connection: Connection): void {
    const { link, patienceMs, drop } = this.ports;
    this.silence ??= setTimeout(() => {
      this.silence = undefined;
      if (link.lost) drop(connection, 'The data farms are back, and the gateway did not say that its link is.');
    }, patienceMs);
  }

  private expectNothing(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }
}
