/** Attention: the position needs a person. Shown in the Web UI, kept in the database, raised as an alert. */
import { defined } from '../domain/defined.js';
import { showAttention } from './attributes.js';
import type { Proxies } from './proxies.js';

export class Attention {
  private reason: string | null = null;

  constructor(
    private readonly proxies: Proxies,
    private readonly positionId: string,
  ) {}

  /** Why a person is needed, or null. */
  get current(): string | null {
    return this.reason;
  }

  async raise(reason: string, code?: string): Promise<void> {
    this.reason = reason;
    showAttention(true);
    const { positionId } = this;
    await this.proxies.position.setAttention({ positionId, reason, ...defined({ code }) });
  }

  async clear(): Promise<void> {
    if (this.reason === null) return;
    this.reason = null;
    showAttention(false);
    await this.proxies.position.setAttention({ positionId: this.positionId, reason: null });
  }
}
