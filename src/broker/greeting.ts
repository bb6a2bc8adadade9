/** The gateway's greeting: the next order id and the managed accounts, in either order, within a time. */
import type { Connection } from './connection.js';

export class Greeting {
  nextValidId: number | undefined;
  accounts: readonly string[] | undefined;
  private readonly timer: NodeJS.Timeout;

  /**
   * @param told called each time both are there; accounts may be sent again later
   * @param late called when they are not there in time
   */
  constructor(connection: Connection, timeoutMs: number, told: () => void, late: () => void) {
    const { adapter } = connection;
    const complete = () => {
      if (this.nextValidId !== undefined && this.accounts !== undefined) told();
    };
    adapter.on('managedAccounts', (list) => {
      this.accounts = list.split(',').filter((account) => account !== '');
      complete();
    });
    adapter.on('nextValidId', (orderId) => {
      const first = this.nextValidId === undefined;
      this.nextValidId = orderId;
      if (first) complete();
    });
    this.timer = setTimeout(late, timeoutMs);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
