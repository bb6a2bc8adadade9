/**
 * The fields of a position that the Temporal Web UI lists. Without registered search attributes the position goes on
 * without them.
 */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { PositionInput, PositionStage } from '../contract/requests.js';
import { ATTENTION, ATTRIBUTES_MEMO_KEY, positionAttributes, STAGE } from '../contract/search-attributes.js';

function registered(): boolean {
  return workflowInfo().memo?.[ATTRIBUTES_MEMO_KEY] === true;
}

/** Options for starting a position: attributes where they are registered, and a memo that says so. */
export function positionSearchAttributes(position: PositionInput, stage: PositionStage) {
  const known = registered();
  return {
    memo: { [ATTRIBUTES_MEMO_KEY]: known },
    ...(known && { typedSearchAttributes: positionAttributes(position, stage) }),
  };
}

export function showStage(stage: PositionStage): void {
  if (registered()) upsertSearchAttributes([{ key: STAGE, value: stage }]);
}

export function showAttention(attention: boolean): void {
  if (registered()) upsertSearchAttributes([{ key: ATTENTION, value: attention }]);
}
