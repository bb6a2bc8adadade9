/**
 * Activities whose names on the wire differ from those in the code. Recorded histories, open runs and workers of the previous release
 * know only the old names, so workflows still schedule those; workers answer to both. A name leaves this table one release after its
 * workflows use the new one under `patched`.
 */
const WIRE_NAMES: Readonly<Record<string, string>> = {
  cancelByUser: 'withdrawOrder',
  deadlineAfter: 'planRest',
  adjustProtection: 'adjustResting',
};

/** The name under which a workflow schedules an activity. */
export function wireName(activity: string): string {
  return WIRE_NAMES[activity] ?? activity;
}

/** The activities, each under every name that it answers to. */
export function withWireNames<T extends object>(activities: T): T {
  const renamed = Object.entries(activities).filter(([name]) => wireName(name) !== name);
  return { ...activities, ...Object.fromEntries(renamed.map(([name, activity]) => [wireName(name), activity])) };
}
