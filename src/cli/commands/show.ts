/** legwork show: one position in full. */
import type { Command } from 'commander';
import type { LegworkClient } from '../../client/client.js';
import type { Evaluation } from '../../contract/activities.js';
import { isEvaluated } from '../../contract/evaluation.js';
import { parsePositionId } from '../../domain/ids.js';
import { parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { workersOf } from '../pollers.js';
import { positionReport, readReport, reportJson } from '../report.js';

/** Longest time that `show` waits for the rules. */
const RULES_MS = 5_000;

export function registerShow(cli: Cli, program: Command): void {
  define(
    cli,
    program,
    {
      usage: 'show <id>',
      about: 'Show one position in full: legs, fills, orders, decisions, alerts, and how far each rule is from firing.',
      examples: ['legwork show spy-ic-20260302-a1b2c3'],
      exits: [4],
    },
    async (context, [id], options) => {
      const positionId = parsePositionId(id ?? '');
      const decisions = parseWhole('decisions', textOption(options, 'decisions') ?? '10', 0, 1000);
      return context.withClient(async (client) => {
        const report = await readReport(await client.store(), await client.execution(positionId), decisions);
        const over = ['CLOSED', 'FAILED', 'PENDING'].includes(report.execution.status);
        const evaluation = over || options.rules === false ? undefined : await evaluate(client, positionId);
        context.answer(reportJson(report, evaluation), () => positionReport(report, evaluation, context.paint));
        return 0;
      });
    },
    (command) => {
      command
        .option('--decisions <n>', 'number of latest decisions to show', '10')
        .option('--no-rules', 'leave out the distances to the rules, which the worker computes');
    },
  );
}

/** The rules' evaluation now; undefined without an answer in time. Everything else comes from the database. */
async function evaluate(client: LegworkClient, positionId: string): Promise<Evaluation | undefined> {
  try {
    const { orders, workflows } = await workersOf(await client.links.temporal(), client.accountAlias);
    if (orders === 0 || workflows === 0) return undefined;
    const waited = await (await client.monitor(positionId)).wait({ timeoutMs: RULES_MS });
    const [answer] = waited.kind === 'done' ? waited.value : [];
    return answer !== undefined && isEvaluated(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
