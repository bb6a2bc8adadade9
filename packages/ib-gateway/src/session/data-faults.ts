/** The current faults of market data, history and contract details. */
import type { FaultOf } from './fault-schema.js';
import { LineRefusals } from './line-refusals.js';

export type MarketDataState = FaultOf<'marketData'>['state'];
type DataFault = FaultOf<'marketData' | 'refuseLines' | 'partialData' | 'adviseHistory' | 'throttleDetails'>;

export class DataFaults {
  state: MarketDataState = 'live';
  /** When that state began, epoch ms. */
  since = Number.NEGATIVE_INFINITY;
  readonly refusals = new LineRefusals();
  /** Requested lines get only a part of their ticks. */
  partial: FaultOf<'partialData'> | undefined;
  /** Contract details are answered late. */
  throttle: FaultOf<'throttleDetails'> | undefined;
  #advised = 0;

  apply(fault: DataFault, now: number): void {
    if (fault.kind === 'marketData') {
      this.state = fault.state;
      this.since = now;
    } else if (fault.kind === 'refuseLines') this.refusals.add(fault, now);
    else if (fault.kind === 'partialData') this.partial = fault.off ? undefined : fault;
    else if (fault.kind === 'throttleDetails') this.throttle = fault.off ? undefined : fault;
    else this.#advised += fault.n;
  }

  /** Whether the next request for bars gets the advisory that its newest part may be missing; counts it. */
  nextIsAdvised(): boolean {
    if (this.#advised === 0) return false;
    this.#advised -= 1;
    return true;
  }
}
