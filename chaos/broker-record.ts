/** The gateway's record of orders and executions over the whole seed: at midnight it forgets those of the day. */
import type { ExchangeState, GatewayExecution } from 'ib-gateway';
import type { OrderRecord } from 'ib-gateway/simulation';

export class BrokerRecord {
  readonly #done = new Map<number, OrderRecord>();
  readonly #executions = new Map<string, GatewayExecution>();

  constructor(private readonly state: () => ExchangeState) {}

  /** Looks, and remembers: what it has now and what it had. */
  look(): ExchangeState {
    const now = this.state();
    for (const record of now.done) this.#done.set(record.permId, record);
    for (const one of now.executions) this.#executions.set(one.execId, one);
    return { ...now, done: [...this.#done.values()], executions: [...this.#executions.values()] };
  }
}
