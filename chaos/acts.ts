/** What was done to the positions of a seed beside its faults, with what each came to: so that one sees that it happened. */
import type { Arena } from './arena.js';

export interface Act {
  readonly name: string;
  /** The answer of a command; `happened` of what nobody is asked about. */
  readonly result: string;
}

export async function actsOf(arena: Arena): Promise<readonly Act[]> {
  const { happened, store, plan } = arena;
  const commands = await Promise.all(
    happened.commands.map(async ({ name, requestId, workflowId }) => {
      if (name === 'exercise') return { name, result: await answerOfRun(arena, workflowId) };
      const request = workflowId === '' ? undefined : await store.requests.get(requestId);
      return { name, result: String(request?.outcome?.result ?? request?.status ?? 'ALREADY_CLOSED') };
    }),
  );
  const ends = await Promise.all(happened.expired.map((positionId) => store.externalChanges.ofPosition(positionId)));
  return [
    ...commands,
    ...happened.outside.map(({ name }) => ({ name, result: 'happened' })),
    ...ends
      .flat()
      .map(({ kind, estimated }) => ({ name: 'expiry of a leg', result: estimated ? `${kind}, estimated` : kind })),
    ...(plan.kind === 'night' ? [{ name: 'night', result: 'passed' }] : []),
  ];
}

async function answerOfRun({ client }: Arena, workflowId: string): Promise<string> {
  const { client: temporal } = await client.links.temporal();
  const run = temporal.workflow.getHandle<() => Promise<{ readonly result: string }>>(workflowId);
  return (await run.result().catch(() => undefined))?.result ?? 'without an answer';
}
