/** Monitors for working orders: the rules go on while an order works. */
import type { ExitCommand } from '../../contract/requests.js';
import type { Decision } from '../../domain/rules/decision.js';
import { Monitor, type MonitorParts } from './monitor.js';
import { commandOf } from './rule-command.js';

export interface AttachedMonitor {
  /**
   * Polls the position now. Returns the exit that a rule requests, if one does, it is wanted and the rules are not
   * paused.
   */
  poll(wanted: (decision: Decision) => boolean): Promise<ExitCommand | undefined>;
  close(): void;
}

export class MonitorPool {
  constructor(private readonly parts: MonitorParts) {}

  async attach(positionId: string, wake: () => void): Promise<AttachedMonitor | undefined> {
    const monitor = await Monitor.open(this.parts, positionId, wake);
    if (monitor === undefined) return undefined;
    return {
      poll: async (wanted) => {
        await monitor.refresh();
        const { paused } = monitor.position;
        const { decision } = await monitor.poll((asked) => !paused && wanted(asked));
        return decision === undefined ? undefined : commandOf(positionId, decision);
      },
      close: () => monitor.close(),
    };
  }
}
