/** Typed search attributes, registered at start where the server permits it; otherwise Legwork works without them. */
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import type { PositionInput, PositionStage } from './requests.js';

const SYMBOL = defineSearchAttributeKey('LegworkSymbol', SearchAttributeType.KEYWORD);
const STRATEGY = defineSearchAttributeKey('LegworkStrategy', SearchAttributeType.KEYWORD);
export const STAGE = defineSearchAttributeKey('LegworkStage', SearchAttributeType.KEYWORD);
const EXPIRY = defineSearchAttributeKey('LegworkExpiry', SearchAttributeType.DATETIME);
export const ATTENTION = defineSearchAttributeKey('LegworkAttention', SearchAttributeType.BOOL);

export const SEARCH_ATTRIBUTES = [SYMBOL, STRATEGY, STAGE, EXPIRY, ATTENTION] as const;

/** Memo key that says whether the server knows our attributes; set by the client that starts the first workflow of a chain. */
export const ATTRIBUTES_MEMO_KEY = 'legworkSearchAttributes';

/** Attributes of a position when it is started; the expiry is shown as midnight UTC of its date. */
export function positionAttributes(position: PositionInput, stage: PositionStage): SearchAttributePair[] {
  const { expiry } = position;
  return [
    { key: SYMBOL, value: position.symbol },
    { key: STRATEGY, value: position.strategyType },
    { key: STAGE, value: stage },
    { key: EXPIRY, value: new Date(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}T00:00:00Z`) },
    { key: ATTENTION, value: false },
  ];
}
