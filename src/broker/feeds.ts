/**
 * The sources of the session's lines: the gateway's link to the broker, and the data farms. The parts of the broker are notified which
 * lines are affected. A gateway that fails to report its link as restored is reconnected.
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
  /** Wall ms for which farms may be up before the gateway reports its link as restored. */
  readonly patienceMs: number;
  readonly drop: (connection: Connection, reason: string) => void;
}

export class Feeds {
  private readonly farms = new Farms();
  private silence: NodeJS.Timeout | undefined;

  constructor(private readonly ports: FeedPorts) {}

  /** Takes in a message after the link's health has; true when it changed the visible state of the session. */
  apply(connection: Connection, { link, dataLost, farm }: Notice): boolean {
    if (link !== undefined) this.expectNothing();
    for (const part of this.ports.parts) {
      if (dataLost) part.linesLost?.(connection);
      else if (link === 'lost') part.linkLost?.(connection);
      else if (link === 'back') part.linkBack?.(connection);
    }
    return farm !== undefined && this.farm(connection, farm);
  }

  /** The problem of the farms of a kind, for messages; undefined: none. */
  trouble(kind: FarmKind): string | undefined {
    return this.farms.trouble(kind);
  }

  ended(): void {
    this.farms.clear();
    this.expectNothing();
  }

  /** A data farm came or went: only what it feeds is affected. */
  private farm(connection: Connection, notice: FarmNotice): boolean {
    const news = this.farms.apply(notice);
    const well = notice.state === 'well';
    if (!well) this.expectNothing();
    else if (this.ports.link.lost) this.expectLink(connection);
    const feeds = notice.kind === 'market' ? fedBy(notice.name) : [];
    if (!news || feeds.length === 0) return false;
    const cause = `the market data farm ${notice.name} is down`;
    for (const part of this.ports.parts) {
      if (well) part.linesBack?.(connection, cause, feeds);
      else part.linesBroken?.(connection, cause, feeds);
    }
    return notice.state === 'broken' && this.ports.link.blockModify();
  }

  /**
   * Farms are up again, so the gateway has its link, but its message (1101, 1102) has been seen to stay out. If nothing else happens, a new
   * session shows it.
   */
  private expectLink(connection: Connection): void {
    const { link, patienceMs, drop } = this.ports;
    this.silence ??= setTimeout(() => {
      this.silence = undefined;
      if (link.lost)
        drop(connection, 'The data farms are back, but the gateway has not reported its link as restored.');
    }, patienceMs);
  }

  private expectNothing(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }
}
