/**
 * Why a position needs a person: at most one reason a cause, so that a cause ends without wiping another's reason. What the database, the
 * list of runs and the page of the position say all follows from these.
 */

/** Found by the run of the position, which also ends them. */
export const RUN_CAUSES = [
  'parked',
  'step',
  'watch',
  'exit',
  'opening',
  'stop',
  'target',
  'roll',
  'cancel',
  'message',
  /** Written by the release before, which kept one reason for all of the above but messages. */
  'position',
] as const;

/** Found by activities in the ledger, the account or the quotes, which also end them; the run follows. */
export const OBSERVED_CAUSES = ['reversed', 'contract_replaced', 'cannot_be_judged'] as const;

export type RunCause = (typeof RUN_CAUSES)[number];
export type AttentionCause = RunCause | (typeof OBSERVED_CAUSES)[number];

/** The reason of each cause that holds. */
export type AttentionReasons = { readonly [Cause in AttentionCause]?: string };

const ALL: readonly AttentionCause[] = [...OBSERVED_CAUSES, ...RUN_CAUSES];

/** The reasons as people read them, without repeats; undefined when there is none. */
export function attentionText(reasons: AttentionReasons): string | undefined {
  const texts = ALL.map((cause) => reasons[cause]).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : [...new Set(texts)].join(' ');
}

/** Only those of the given causes, in their order: equal reasons are equal as JSON. */
export function reasonsOf(reasons: AttentionReasons, causes: readonly AttentionCause[]): AttentionReasons {
  const held = causes.map((cause) => [cause, reasons[cause]] as const).filter(([, reason]) => reason !== undefined);
  return Object.fromEntries(held);
}

/** The reasons after a change; null ends a cause's reason. */
export function withReasons(
  reasons: AttentionReasons,
  changes: { readonly [Cause in AttentionCause]?: string | null },
): AttentionReasons {
  const changed = { ...reasons, ...changes };
  const held = ALL.map((cause) => [cause, changed[cause]] as const).filter(([, reason]) => typeof reason === 'string');
  return Object.fromEntries(held);
}

/**
 * The reasons of a stored position. The release before knows only the flag and one text: where it has written last, that text is the
 * reason, and what it has cleared is over.
 */
export function storedReasons(stored: {
  readonly attention: boolean;
  readonly reason: string | undefined;
  readonly reasons: AttentionReasons;
}): AttentionReasons {
  const { attention, reason, reasons } = stored;
  if (!attention) return {};
  if (reason === undefined || reason === attentionText(reasons)) return reasons;
  return { [WRITTEN_BEFORE.find(([, words]) => words.test(reason))?.[0] ?? 'position']: reason };
}

/** What activities of the release before write, as migration 0020 knows it. */
const WRITTEN_BEFORE = [
  ['cannot_be_judged', /^The rules cannot evaluate this position/],
  ['reversed', /^More was closed than was open/],
  ['contract_replaced', /^Options of .* are gone, and the account holds /],
] as const;
