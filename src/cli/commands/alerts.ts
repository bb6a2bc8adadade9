/** legwork alerts: list alerts and settle them. */

import type { Command } from 'commander';
import { resolveEndpoints } from '../../client/endpoints.js';
import { type AlertMessage, OPEN_ALERTS } from '../../domain/alert.js';
import { defined } from '../../domain/defined.js';
import { InvalidInput, LegworkError, messageOf } from '../../domain/errors.js';
import { parsePositionId } from '../../domain/ids.js';
import { channelsOf } from '../../outbound/alert-channels.js';
import type { AlertStatus } from '../../store/api.js';
import { parseSymbol, parseWhole } from '../arguments.js';
import { type Cli, define, textOption } from '../define.js';
import { alertJson } from '../json.js';
import { alertsText } from '../report.js';

const MOVES = {
  ack: { status: 'ACKNOWLEDGED', about: 'Acknowledge an alert: you have seen it.' },
  resolve: { status: 'RESOLVED', about: 'Resolve an alert: its cause is gone.' },
  dismiss: { status: 'DISMISSED', about: 'Dismiss an alert: nothing needs to be done.' },
} as const;

const TEST_MESSAGE: AlertMessage = {
  type: 'INFO',
  severity: 'NORMAL',
  status: 'ACTIVE',
  title: 'Test of the alert channel',
  message: 'Legwork can reach you here. There is nothing to do.',
  rule: 'channel_test',
  count: 1,
};

const STATUSES: readonly AlertStatus[] = ['ACTIVE', 'ACKNOWLEDGED', 'RESOLVED', 'DISMISSED'];

export function registerAlerts(cli: Cli, program: Command): void {
  const alerts = define(
    cli,
    program,
    {
      usage: 'alerts',
      about: 'List alerts: active and acknowledged ones, or those of a status.',
      examples: ['legwork alerts', 'legwork alerts --status resolved', 'legwork alerts ack 3f9c2a1b'],
      exits: [4],
    },
    async (context, _args, options) => {
      const status = readStatus(textOption(options, 'status'));
      const symbol = textOption(options, 'symbol');
      const position = textOption(options, 'position');
      const limit = textOption(options, 'limit');
      const statuses = status !== undefined ? [status] : options.all === true ? undefined : OPEN_ALERTS;
      const filter = {
        ...defined({ statuses }),
        ...(limit !== undefined && { limit: parseWhole('limit', limit, 1, 100_000) }),
        ...(symbol !== undefined && { symbol: parseSymbol(symbol) }),
        ...(position !== undefined && { positionId: parsePositionId(position) }),
      };
      return context.withClient(async (client) => {
        const shown = await (await client.store()).alerts.list(filter);
        context.answer({ alerts: shown.map(alertJson) }, () =>
          shown.length === 0 ? 'No alerts.' : alertsText(shown, context.paint),
        );
        return 0;
      });
    },
    (command) => {
      command
        .option('--status <status>', 'active, acknowledged, resolved or dismissed')
        .option('--all', 'resolved and dismissed ones too')
        .option('--symbol <symbol>', 'only those of this underlying')
        .option('--position <id>', 'only those of this position')
        .option('--limit <n>', 'maximum number of alerts, latest first; default all');
    },
  );
  registerTest(cli, alerts);
  for (const [name, { status, about }] of Object.entries(MOVES)) {
    define(
      cli,
      alerts,
      {
        usage: `${name} <alert-id>`,
        about: `${about} The beginning of its id is enough.`,
        examples: [`legwork alerts ${name} 3f9c2a1b`],
        exits: [4],
      },
      async (context, [id = '']) =>
        context.withClient(async (client) => {
          const row = await (await client.store()).alerts.move(id, status, Date.now());
          context.answer(alertJson(row), `Alert ${row.alertId}: ${row.status.toLowerCase()}.`);
          return 0;
        }),
    );
  }
}

/** legwork alerts test: whether a channel delivers to a person. */
function registerTest(cli: Cli, alerts: Command): void {
  define(
    cli,
    alerts,
    {
      usage: 'test <channel>',
      about: 'Send a test message by webhook or email, as configured.',
      examples: ['legwork alerts test webhook', 'legwork alerts test email'],
      exits: [2, 4],
    },
    async (context, [wanted = '']) => {
      const channels = channelsOf(resolveEndpoints(context.target).loaded.settings.alerts);
      const channel = channels.find(({ name }) => name === wanted.toLowerCase());
      if (channel === undefined) {
        const known =
          channels.map(({ name }) => name).join(' or ') ||
          'webhook or email once alerts.webhookUrl or alerts.email is set';
        throw new InvalidInput('channel', wanted, known);
      }
      await channel.send(TEST_MESSAGE).catch((error: unknown) => {
        const why = messageOf(error);
        throw new LegworkError('CHANNEL_UNREACHABLE', `The test message was not delivered by ${channel.name}: ${why}.`);
      });
      context.answer({ channel: channel.name, delivered: true }, `Delivered by ${channel.name}.`);
      return 0;
    },
  );
}

function readStatus(text: string | undefined): AlertStatus | undefined {
  if (text === undefined) return undefined;
  const found = STATUSES.find((status) => status === text.toUpperCase());
  if (found === undefined) throw new InvalidInput('status', text, `one of ${STATUSES.join(', ').toLowerCase()}`);
  return found;
}
