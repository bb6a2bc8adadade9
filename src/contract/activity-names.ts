/**
 * Activities whose names on the wire are not those in the code. Recorded histories, open runs and a worker of the release before know
 * only the old ones, so workflows go on asking for these; workers answer to both. A name leaves this table a release after its
 * workflows ask for the new one under `patched`.
 */
const WIRE_NAMES: Readonly<Record<string, string>> = {
  cancelByUser: 'withdrawOrder',
  deadlineAfter: 'planRest',
  adjustProtection: 'adjustResting',
};

/** The name under which a workflow asks for an activity. */
export function wireName(activity: string): string {
  return WIRE_NAMES[activity] ?? activity;
}

/** The activities, each under every name that it answers to. */
export function withWireNames<T extends object>(activities: T): T {
  const renamed = Object.entries(activities).filter(([name]) => wireName(name) !== name);
  return { ...activities, ...Object.fromEntries(renamed.map(([name, activity]) => [wireName(name), activity])) };
}
