/** Monitors for working orders: the rules go on looking while an order works. */
import type { ExitCommand } from '../../contract/requests.js';
import type { Decision } from '../../domain/rules/decision.js';
import { commandOf } from './command.js';
import { Monitor, type MonitorParts } from './monitor.js';

export interface AttachedMonitor {
  /** Looks at the position now; the exit that a rule asks for, if one does, it is wanted and the rules are not paused. */
  look(wanted: (decision: Decision) => boolean): Promise<ExitCommand | undefined>;
  close(): void;
}

export class MonitorPool {
  constructor(private readonly parts: MonitorParts) {}

  async attach(positionId: string, wake: () => void): Promise<AttachedMonitor | undefined> {
    const monitor = await Monitor.open(this.parts, positionId, wake);
    if (monitor === undefined) return undefined;
    return {
      look: async (wanted) => {
        await monitor.refresh();
        const { paused } = monitor.position;
        const { decision } = await monitor.look((wish) => !paused && wanted(wish));
        return decision === undefined ? undefined : commandOf(positionId, decision);
      },
      close: () => monitor.close(),
    };
  }
}
