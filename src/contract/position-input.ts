/** Builds the input of a position. */
import { defined } from '../domain/defined.js';
import type { StrategyPlan } from '../domain/strategy/strategy.js';
import type { PositionInput } from './requests.js';

type Optional = Pick<PositionInput, 'pricing' | 'mode' | 'onPartial' | 'entryWorkflowId'>;

/** `traded`: its plan, or its row. The price is walked by default. */
export function positionInput(
  traded: Pick<StrategyPlan, 'symbol' | 'strategyType' | 'expiry'>,
  given: Pick<PositionInput, 'accountAlias' | 'positionId' | 'title'> & {
    readonly [K in keyof Optional]?: Optional[K] | undefined;
  },
): PositionInput {
  const { accountAlias, positionId, title, pricing = { kind: 'walk' }, mode, onPartial, entryWorkflowId } = given;
  const { symbol, strategyType, expiry } = traded;
  return {
    ...{ accountAlias, positionId, symbol, strategyType, expiry, title, pricing },
    ...defined({ mode, onPartial, entryWorkflowId }),
  };
}
