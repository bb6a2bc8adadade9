/** Exercises a long leg at a person's request: the instruction is committed, then written once. The result shows next morning. */
import { dayText, easternDay } from 'market-time';
import type { ExerciseInput, ExerciseResult } from '../../contract/requests.js';
import { InvalidInput, messageOf } from '../../domain/errors.js';
import { formatMoney } from '../../domain/money.js';
import { contractName } from '../../domain/order/order.js';
import { exerciseAdvantage, exerciseCutoff } from '../../domain/position/exercise.js';
import { accountTellsAt } from '../../domain/position/settlement.js';
import type { LegRow, PositionRow } from '../../store/api.js';
import type { BrokerDeps } from '../context/deps.js';
import { existing } from '../context/existing.js';

export interface ExerciseParts {
  readonly deps: Pick<BrokerDeps, 'account' | 'broker' | 'lease' | 'log' | 'store'>;
}

const QUOTE_WAIT_MS = 3_000;

/** Throws NOT_FOUND for an unknown position and INVALID_INPUT for a leg or number that it does not have. */
export async function exerciseLeg({ deps }: ExerciseParts, input: ExerciseInput): Promise<ExerciseResult> {
  const { positionId, legNo, override, dryRun } = input;
  const { broker, store } = deps;
  const row = await existing(store, positionId);
  const leg = row.legs.find((one) => one.legNo === legNo);
  if (leg === undefined) throw new InvalidInput('--leg', legNo, `a leg of the position, 1 to ${row.legs.length}`);
  const contracts = input.contracts ?? leg.openQuantity;
  const common = { positionId, legNo, contracts, proposal: await exerciseProposal(deps, row, leg) };
  const answer = (result: ExerciseResult['result'], reason: string): ExerciseResult => ({ ...common, result, reason });
  const refusal = await whyNot(deps, row, leg, contracts);
  if (refusal !== undefined) return answer('REFUSED', refusal);
  const name = `${contracts} ${contractName(leg.contract)}`;
  if (dryRun) return answer('WOULD_SEND', `${name} would be exercised tonight.`);
  const key = { positionId, legNo, day: dayText(easternDay(broker.clock.now())) };
  const { epoch } = broker.state();
  // Nothing is read between the commit and the write; a second request finds the commit.
  if (
    !deps.lease.valid() ||
    !(await store.exercises.begin({ ...key, contracts, at: broker.clock.now() }, deps.lease.token))
  ) {
    return answer('REFUSED', await sentBefore(deps, key));
  }
  // The instruction has left or has not: a database that is away now changes nothing about the answer.
  const end = (...ended: [Parameters<typeof store.exercises.end>[1], string]) =>
    store.exercises
      .end(key, ...ended)
      .catch((error: unknown) =>
        deps.log('warn', 'the end of an exercise was not stored', { error: messageOf(error) }),
      );
  const { conId, symbol } = leg.contract;
  const said = await broker.orders
    .exercise({ conId, symbol, contracts, account: deps.account(), epoch, override })
    .catch((error: unknown) => ({
      kind: 'unsent' as const,
      text: messageOf(error),
    }));
  if (said.kind === 'unsent' || said.kind === 'refused') {
    const reason = said.kind === 'unsent' ? said.text : `${said.code}: ${said.text}`;
    await end('REFUSED', reason);
    return answer('REFUSED', reason);
  }
  if (said.kind === 'accepted') {
    await end('ACCEPTED', said.text);
    return answer('ACCEPTED', `${name} will be exercised tonight; the account shows it in the morning.`);
  }
  const reason = 'the broker did not answer: check under Exercise in TWS whether the instruction is there';
  await end('UNKNOWN', reason);
  return answer('UNKNOWN', reason);
}

async function sentBefore(
  { store }: Pick<BrokerDeps, 'store'>,
  key: { positionId: string; legNo: number; day: string },
) {
  const before = (await store.exercises.ofPosition(key.positionId)).find(
    ({ legNo, day }) => legNo === key.legNo && day === key.day,
  );
  if (before === undefined) return 'the broker lease was lost; nothing was sent';
  return `it was already sent today (${before.contracts} contracts, ${before.state}${before.reason === undefined ? '' : `: ${before.reason}`}); the next one can be sent tomorrow`;
}

async function whyNot(
  { broker, store }: ExerciseParts['deps'],
  row: PositionRow,
  { contract, openQuantity }: LegRow,
  contracts: number,
): Promise<string | undefined> {
  if (openQuantity <= 0) return `the position holds ${openQuantity} of it; only a long option can be exercised`;
  if (!Number.isInteger(contracts) || contracts < 1 || contracts > openQuantity) {
    return `${contracts} contracts are not allowed; expected 1 to ${openQuantity}`;
  }
  if (contract.style === 'european') return 'it settles in cash by itself; only an American option can be exercised';
  const now = broker.clock.now();
  const cutoff = exerciseCutoff(contract);
  if (cutoff === undefined || now >= cutoff || now >= accountTellsAt(contract)) {
    return 'exercise ended at 17:30 in New York on the day of its expiry';
  }
  if (!broker.state().usable || !broker.state().reconciled)
    return broker.state().reason ?? 'the broker session is not ready';
  const working = (await store.intents.unsettled(row.positionId)).filter(({ payload }) =>
    payload.legs.some((leg) => leg.contract.conId === contract.conId),
  );
  const [order] = working;
  if (order !== undefined) return `order ${order.orderRef} may still sell it; cancel it first`;
  const positions = await broker.positions();
  const held = positions.rows.find(({ conId }) => conId === contract.conId)?.quantity ?? 0;
  if (!positions.complete) return "the account's positions could not be read";
  return held < contracts ? `the account holds ${held} of it` : undefined;
}

/** What exercising is worth against selling the option and trading the shares; undefined when a price is missing. */
export async function exerciseProposal(
  { broker }: Pick<BrokerDeps, 'broker'>,
  row: PositionRow,
  { contract }: Pick<LegRow, 'contract'>,
): Promise<ExerciseResult['proposal']> {
  if (contract.style === 'european') return undefined;
  const quotes = await broker.quotes.snapshot(
    [
      { conId: contract.conId, symbol: contract.symbol, secType: 'OPT', exchange: 'SMART' },
      { conId: row.underlyingConId, secType: 'STK', exchange: 'SMART' },
    ],
    QUOTE_WAIT_MS,
  );
  const [option, shares] = [quotes.get(contract.conId), quotes.get(row.underlyingConId)];
  if (option?.kind !== 'live' || shares?.kind !== 'live') return undefined;
  const perShare = exerciseAdvantage(contract, { option, shares });
  if (perShare === undefined) return undefined;
  const way = contract.right === 'CALL' ? 'buying the shares' : 'selling the shares';
  const text =
    perShare > 0
      ? `Exercising brings ${formatMoney(perShare)} a share more than selling the option and ${way}.`
      : `Selling the option and ${way} brings ${formatMoney(-perShare)} a share more than exercising.`;
  return { perShare, text };
}
