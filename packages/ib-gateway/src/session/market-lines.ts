/**
 * The market-data lines of one client: subscriptions, and which of them are notified when quotes are refused or come back.
 */
import type { Values } from '../protocol/index.js';
import { flagOf, numberOr, textOf } from '../protocol/values.js';
import { genericProblem, genericsOf, isBare } from './generic-ticks.js';
import { COMPETING, type LineRefusal, refusalError } from './line-refusals.js';
import { lineSource } from './line-source.js';
import { accessOf, refusalOf } from './market-access.js';
import { announce, isFed, type Line, sendChanges } from './market-line.js';
import { type ClientPort, duplicateId, exchangeProblem, invalidRequest, NO_DEFINITION } from './port.js';

/** The lines of all clients together; IB counts them per user. */
export interface LineBudget {
  used: number;
  readonly limit: number;
}

/** A snapshot without quotes ends after this long, market ms. */
const SNAPSHOT_MS = 11_000;
/** Lines that get 10197 in one batch: 10 to 20. */
const LEAST_BUNCH = 10;
const BUNCH_SPREAD = 11;

export class MarketLines {
  readonly #client: ClientPort;
  readonly #budget: LineBudget;
  readonly #lines = new Map<number, Line>();
  /** Lines that are still to get 10197. */
  #untold: Line[] = [];
  #bunches = 0;
  /**
   * The client's choice: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen. With 3, a line gets live data where there is some.
   */
  dataType = 1;

  constructor(client: ClientPort, budget: LineBudget) {
    this.#client = client;
    this.#budget = budget;
  }

  subscribe(values: Values): void {
    const reqId = numberOr(values, 'reqId');
    const { faults, clock } = this.#client;
    const line = this.#lineOf(reqId, values);
    if (!line) return;
    const refusal = faults.data.refusals.next(clock.now());
    const competing = refusal?.[0] === COMPETING[0];
    const told = refusal ?? refusalOf(faults.data.state, line.access, this.dataType, line.contract);
    if (told) this.#client.error(reqId, ...told);
    if (refusal) line.access = 'none';
    line.held = competing || (!refusal && faults.data.state === 'competing');
    if (line.access === 'none' && !(line.held && line.snapshotEnds === undefined)) return;
    this.#keep(line);
    this.#feed(line);
  }

  cancel(reqId: number): void {
    const line = this.#lines.get(reqId);
    if (line) this.#drop(line);
    else this.#client.error(reqId, 300, `Can't find EId with tickerId:${reqId}`);
  }

  /** Drops every line silently: the connection ended, or the data farm lost the subscriptions (1101). */
  clear(): void {
    for (const line of this.#lines.values()) this.#drop(line);
  }

  /** Quotes became live, delayed or unavailable: every line is notified, and continues with what it still gets. */
  stateChanged(): void {
    const { state, refusals } = this.#client.faults.data;
    if (refusals.holds(this.#client.clock.now())) return;
    this.#untold = [];
    for (const line of this.#lines.values()) {
      const access = accessOf(state, this.dataType);
      line.held = state === 'competing';
      if (access === line.access) continue;
      line.access = access;
      line.sent.clear();
      const refusal = refusalOf(state, access, this.dataType, line.contract);
      if (line.held) this.#untold.push(line);
      else if (refusal) this.#client.error(line.reqId, ...refusal);
      if (isFed(this.#client, line)) announce(this.#client, line, this.dataType);
      else line.announced = false;
    }
    this.#notifyBatch();
  }

  /** Existing lines are refused: they are gone, except after 10197, which is temporary. */
  refuse(refusal: LineRefusal): void {
    const error = refusalError(refusal);
    this.#untold = [];
    for (const line of this.#lines.values()) {
      if (error[0] !== COMPETING[0]) {
        this.#client.error(line.reqId, ...error);
        this.#drop(line);
        continue;
      }
      line.held = true;
      line.access = 'none';
      this.#untold.push(line);
    }
    this.#notifyBatch();
  }

  /** Quotes every line again as of a time, and sends what changed. */
  pump(now = this.#client.clock.now()): void {
    this.#notifyBatch();
    for (const line of this.#lines.values()) this.#feed(line, now);
  }

  #lineOf(reqId: number, values: Values): Line | undefined {
    const { clock, farms, faults } = this.#client;
    const snapshot = flagOf(values, 'snapshot') || flagOf(values, 'regulatorySnapshot');
    const problem = this.#problem(values, reqId, snapshot);
    const source = problem ? undefined : lineSource(this.#client, values);
    if (!source) {
      this.#client.error(reqId, ...(problem ?? NO_DEFINITION));
      return undefined;
    }
    return {
      ...{ reqId, ...source, generics: genericsOf(textOf(values, 'genericTicks')), madeAt: farms.count },
      ...{
        sent: new Map(),
        bare: isBare(textOf(values, 'genericTicks')),
        held: false,
        announced: false,
        partial: false,
      },
      access: accessOf(faults.data.state, this.dataType),
      ...(snapshot && { snapshotEnds: clock.now() + SNAPSHOT_MS }),
    };
  }

  #problem(values: Values, reqId: number, snapshot: boolean): readonly [number, string] | undefined {
    const exchange = exchangeProblem(values);
    if (exchange) return exchange;
    if (this.#lines.has(reqId)) return duplicateId('id');
    const genericTicks = textOf(values, 'genericTicks');
    if (snapshot && genericTicks !== '')
      return invalidRequest('Snapshot market data subscription is not applicable to generic ticks');
    const generics = genericProblem(genericsOf(genericTicks));
    if (generics) return generics;
    if (!snapshot && this.#budget.used >= this.#budget.limit) return [101, 'Max number of tickers has been reached'];
    return undefined;
  }

  #keep(line: Line): void {
    this.#lines.set(line.reqId, line);
    if (line.snapshotEnds === undefined) this.#budget.used += 1;
  }

  #drop(line: Line): void {
    if (this.#lines.delete(line.reqId) && line.snapshotEnds === undefined) this.#budget.used -= 1;
    this.#untold = this.#untold.filter((other) => other !== line);
  }

  #feed(line: Line, now = this.#client.clock.now()): void {
    if (line.held) this.#release(line);
    const fed = isFed(this.#client, line);
    if (fed) {
      if (!line.announced) announce(this.#client, line, this.dataType);
      sendChanges(this.#client, line, now);
    }
    if (line.snapshotEnds === undefined || (!fed && now < line.snapshotEnds)) return;
    this.#client.send('TICK_SNAPSHOT_END', { reqId: line.reqId });
    this.#drop(line);
  }

  /** A line with 10197 has data again when the competing session is gone. */
  #release(line: Line): void {
    const { faults, clock } = this.#client;
    if (faults.data.state === 'competing' || faults.data.refusals.holds(clock.now())) return;
    line.held = false;
    line.access = accessOf(faults.data.state, this.dataType);
    line.announced = false;
    line.sent.clear();
    this.#untold = this.#untold.filter((other) => other !== line);
  }

  /** IB sends 10197 in batches, one after the other. */
  #notifyBatch(): void {
    if (this.#untold.length === 0) return;
    const size = LEAST_BUNCH + ((this.#bunches * 7) % BUNCH_SPREAD);
    this.#bunches += 1;
    for (const line of this.#untold.splice(0, size)) this.#client.error(line.reqId, ...COMPETING);
  }
}
