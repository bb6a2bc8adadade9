/**
 * The fields of a position that the Temporal Web UI lists. A search attribute that the server does not know fails the whole workflow task,
 * with every order in it, so each is set only right after a worker has seen that all of them are registered. Nothing waits for that.
 */
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { PositionInput, PositionStage } from '../contract/requests.js';
import {
  ATTENTION,
  ATTRIBUTES_ASKED,
  ATTRIBUTES_MEMO_KEY,
  positionAttributes,
  STAGE,
} from '../contract/search-attributes.js';

/** The memo of a run that asks for each change. */
export const ASKS_FOR_ATTRIBUTES = { [ATTRIBUTES_MEMO_KEY]: ATTRIBUTES_ASKED };

export class Attributes {
  private stage: PositionStage = 'OPENING';
  private attention = false;
  /** The fields that were set last, as text. */
  private shown = '';
  /** Length of the history at which they were seen to be registered: within one workflow task they still are. */
  private seenAt = -1;
  private asking = false;

  /** `ask`: whether all of them are registered now. */
  constructor(
    private readonly input: PositionInput,
    private readonly ask: () => Promise<boolean>,
  ) {
    this.attention = input.carried?.attention !== undefined || input.carried?.reasons !== undefined;
  }

  showStage(stage: PositionStage): void {
    this.stage = stage;
    // Runs that the release before has started: they set what they were started with.
    if (this.memo === true) upsertSearchAttributes([{ key: STAGE, value: stage }]);
    else this.changed();
  }

  showAttention(attention: boolean): void {
    this.attention = attention;
    if (this.memo === true) upsertSearchAttributes([{ key: ATTENTION, value: attention }]);
    else this.changed();
  }

  /** A summary that was read just now says whether they are registered. */
  seen(registered: boolean, attention: boolean): void {
    this.attention = attention;
    if (!registered) return;
    this.seenAt = workflowInfo().historyLength;
    // A run that goes on is about to show its stage.
    if (this.stage !== 'OPENING' || this.input.carried?.opened !== true) this.changed();
  }

  private get memo(): unknown {
    return workflowInfo().memo?.[ATTRIBUTES_MEMO_KEY];
  }

  private changed(): void {
    if (this.memo !== ATTRIBUTES_ASKED) return;
    if (this.seenAt === workflowInfo().historyLength) this.set();
    else if (!this.asking) void this.askFirst();
  }

  private async askFirst(): Promise<void> {
    this.asking = true;
    try {
      if (await this.ask()) this.set();
    } catch {
      // Done without; the next change asks again.
    } finally {
      this.asking = false;
    }
  }

  private set(): void {
    const fields = `${this.stage} ${this.attention}`;
    if (fields === this.shown) return;
    this.shown = fields;
    upsertSearchAttributes(positionAttributes(this.input, this.stage, this.attention));
  }
}
