/** Runs a draft order through every check that a real order passes. It reads only, and asks the broker for its preview. */

import type { Check, MarginPreview } from '../../contract/requests.js';
import { defined } from '../../domain/defined.js';
import { type ErrorCode, LegworkError } from '../../domain/errors.js';
import type { OrderPayload } from '../../domain/order/order.js';
import { tradingStateAllows } from '../../domain/risk/trading-state.js';
import type { BrokerDeps } from '../context/deps.js';
import type { SessionCalendar } from '../market/session-calendar.js';
import { type Caller, passGates } from '../orders/gates.js';
import { checkOverClose } from '../orders/over-close.js';

export interface DraftParts {
  readonly deps: Pick<BrokerDeps, 'account' | 'broker' | 'settings' | 'store'>;
  readonly calendar: SessionCalendar;
}

const VALID_MS = 60_000;
const PROBE_MS = 2_000;

export interface Draft {
  readonly orderRef: string;
  readonly payload: OrderPayload;
  /** Orders that are cancelled before this one is sent. */
  readonly gone: readonly string[];
  /** It is sent only after another order fills, which changes its margin; so no preview is requested now. */
  readonly afterAnother?: boolean;
}

export interface DraftChecks {
  readonly checks: readonly Check[];
  /** The code of the first check that failed. */
  readonly code?: ErrorCode;
  readonly whatIf?: MarginPreview;
}

/** Makes every check, even after one has failed. A check that cannot be made has failed. */
export async function checkDraft(parts: DraftParts, draft: Draft, caller: Caller): Promise<DraftChecks> {
  const failed: ErrorCode[] = [];
  const checks: Check[] = [];
  const note = (name: string, bound: string, problem: string | undefined, good: string, code: ErrorCode) => {
    if (problem !== undefined) failed.push(code);
    checks.push({ name, passed: problem === undefined, text: problem ?? good, value: null, bound });
  };
  const { deps } = parts;
  const { payload } = draft;
  const { state, reason } = await deps.store.trading.state();
  const allowed = tradingStateAllows(state, payload.purpose, caller.by === 'person' && caller.overrideHalt);
  const halted = allowed ? undefined : `Trading is ${state}: ${reason}`;
  note('trading_state', 'allows it', halted, `Trading is ${state}.`, 'TRADING_HALTED');
  note('session', 'answers', await probeProblem(parts), 'The broker answered a probe.', 'BROKER_UNREACHABLE');
  const validUntil = deps.broker.clock.now() + VALID_MS;
  const gate = await passGates(deps, parts.calendar, { purpose: payload.purpose, payload, validUntil }, caller);
  const shut =
    gate.kind === 'open' ? undefined : gate.kind === 'expired' ? 'its validity has passed' : sentence(gate.reason);
  note('gates', 'open', shut, 'The market is open and the order passes every check.', gateCode(gate));
  if (payload.purpose === 'REDUCE') {
    const tooMuch = await checkOverClose(deps, { ...draft, gone: draft.gone });
    note(
      'over_close',
      'no more than is held',
      tooMuch,
      'It closes no more than is held and not being closed already.',
      'RISK_REFUSED',
    );
  }
  const [code] = failed;
  if (draft.afterAnother) return { checks, ...(code && { code }) };
  const preview = await previewOf(parts, payload);
  note('broker_preview', 'accepted', preview.problem, 'The broker would accept it.', preview.code ?? 'BROKER_REFUSED');
  const first = code ?? failed[0];
  return { checks, ...(first && { code: first }), ...(preview.whatIf && { whatIf: preview.whatIf }) };
}

async function probeProblem({ deps: { broker } }: DraftParts): Promise<string | undefined> {
  const { usable, reconciled, reason } = broker.state();
  if (!usable || !reconciled) return sentence(reason ?? 'the broker session is not ready');
  try {
    await broker.probe(PROBE_MS);
    return undefined;
  } catch (error) {
    if (!(error instanceof LegworkError)) throw error;
    return error.message;
  }
}

function gateCode(gate: Awaited<ReturnType<typeof passGates>>): ErrorCode {
  if (gate.kind === 'refused' && gate.code === 'TRADING_HALTED') return 'TRADING_HALTED';
  return 'RISK_REFUSED';
}

async function previewOf(
  { deps }: DraftParts,
  payload: OrderPayload,
): Promise<{ readonly problem?: string; readonly code?: ErrorCode; readonly whatIf?: MarginPreview }> {
  try {
    const { initMarginChange, maintMarginChange, commission, warning } = await deps.broker.orders.whatIf(
      payload,
      deps.account(),
    );
    return {
      whatIf: {
        ...defined({ initMarginChange, maintMarginChange, commission, warning }),
      },
    };
  } catch (error) {
    if (!(error instanceof LegworkError)) throw error;
    return { problem: error.message, code: error.code };
  }
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
