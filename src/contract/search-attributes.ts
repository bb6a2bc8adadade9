/** Typed search attributes. Workers keep them registered where the server permits it; without them Legwork works as well. */
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import type { PositionInput, PositionStage } from './requests.js';

const SYMBOL = defineSearchAttributeKey('LegworkSymbol', SearchAttributeType.KEYWORD);
const STRATEGY = defineSearchAttributeKey('LegworkStrategy', SearchAttributeType.KEYWORD);
export const STAGE = defineSearchAttributeKey('LegworkStage', SearchAttributeType.KEYWORD);
const EXPIRY = defineSearchAttributeKey('LegworkExpiry', SearchAttributeType.DATETIME);
export const ATTENTION = defineSearchAttributeKey('LegworkAttention', SearchAttributeType.BOOL);

export const SEARCH_ATTRIBUTES = [SYMBOL, STRATEGY, STAGE, EXPIRY, ATTENTION] as const;

/** Memo key of a position's run: how it sets its attributes. */
export const ATTRIBUTES_MEMO_KEY = 'legworkSearchAttributes';
/** It asks whether they are registered. The release before wrote true (they are, for the whole run) or false. */
export const ATTRIBUTES_ASKED = 'asked';

/** Attributes of a position; the expiry is shown as midnight UTC of its date. */
export function positionAttributes(
  position: PositionInput,
  stage: PositionStage,
  attention: boolean,
): SearchAttributePair[] {
  const { expiry } = position;
  return [
    { key: SYMBOL, value: position.symbol },
    { key: STRATEGY, value: position.strategyType },
    { key: STAGE, value: stage },
    { key: EXPIRY, value: new Date(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}T00:00:00Z`) },
    { key: ATTENTION, value: attention },
  ];
}
