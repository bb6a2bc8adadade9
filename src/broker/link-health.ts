/** The known state of the link behind the gateway, and whether our orders have been read since it last changed. */
import type { Notice } from './notices.js';

export class LinkHealth {
  /** The gateway has lost the broker (1100, 2110) and has not reported that the link is back. */
  lost = false;
  /** Orders and open orders were read completely on this connection. */
  reconciled = false;
  /** No modify before the open orders have been read again; outlives the connection it happened on. */
  modifyBlocked = false;

  /** Takes in a message; true when it changed anything visible. */
  apply(notice: Notice): boolean {
    if (notice.blocksModify) this.modifyBlocked = true;
    if (notice.link !== undefined) this.lost = notice.link === 'lost';
    if (notice.dataLost) this.reconciled = false;
    return notice.blocksModify || notice.link !== undefined;
  }

  /** No modify before the open orders have been read again; returns true when that is new. */
  blockModify(): boolean {
    const news = !this.modifyBlocked;
    this.modifyBlocked = true;
    return news;
  }

  ended(): void {
    this.lost = false;
    this.reconciled = false;
  }

  ordersRead(): void {
    this.reconciled = true;
    this.modifyBlocked = false;
  }
}
