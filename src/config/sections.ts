/** The sections of legwork.yaml for the machinery; those of the trading rules live beside their domain code. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Urgency } from '../domain/rules/decision.js';

/** Ports on which IB Gateway and TWS serve live accounts by default. */
export const LIVE_PORTS: readonly number[] = [4001, 7496];

const port = z.int().min(1).max(65_535);
const text = z.string().trim().min(1);

export const ibSettingsSchema = z
  .strictObject({
    host: text.default('127.0.0.1').describe('address of IB Gateway or TWS'),
    port: port.default(4002).describe('API port; 4002 and 7497 are the paper defaults'),
    clientId: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .default(17)
      .describe('fixed API client id; nothing else may connect with it'),
    accounts: z
      .array(text)
      .default([])
      .describe('accounts the gateway must manage, exactly; empty: any one paper account'),
    accountAlias: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'lower-case letters, digits and dashes, at most 31 of them')
      .default('paper')
      .describe('name of the account in task queues and ids, instead of its number'),
    allowedHosts: z
      .array(text)
      .default(['127.0.0.1', 'localhost', '::1'])
      .describe('hosts that may be connected to; others are refused'),
    allowedPorts: z.array(port).default([4002, 7497]).describe('ports that may be connected to; others are refused'),
    live: z
      .string()
      .trim()
      .default('')
      .describe('the exact live account that may be traded; empty: paper accounts only'),
    lineLimit: z.int().min(1).max(10_000).default(100).describe('market data lines that the account may use at once'),
    probePeriodSeconds: z
      .number()
      .min(1)
      .max(300)
      .default(10)
      .describe('seconds between two round trips that prove the session alive'),
    requestTimeoutSeconds: z.number().min(1).max(300).default(15).describe('seconds until a request counts as lost'),
    controlPort: port
      .optional()
      .describe('control port of a simulated gateway, needed in stepped mode; never for a real one'),
  })
  .prefault({})
  .describe('the broker: Interactive Brokers through IB Gateway or TWS');

export const databaseSettingsSchema = z
  .strictObject({
    url: text.optional().describe('postgres://user:password@host:port/name; better given as DATABASE_URL'),
  })
  .prefault({})
  .describe('Postgres, where positions, orders and fills are kept');

export const temporalSettingsSchema = z
  .strictObject({
    address: text.optional().describe('host:port of the Temporal server'),
    namespace: text.default('default').describe('namespace of the workflows'),
    deployment: z
      .enum(['auto_upgrade', 'pinned'])
      .default('auto_upgrade')
      .describe(
        'when a new build takes over. auto_upgrade: every run goes on with it at once; pinned: a run stays with its build until its session ends, which needs a worker of that build meanwhile',
      ),
    heartbeatSeconds: z
      .int()
      .min(5)
      .max(300)
      .default(10)
      .describe(
        'seconds of silence after which the watch of a killed worker is taken up by another; an open position reports each four fifths of it, which Temporal Cloud bills as an action',
      ),
  })
  .prefault({})
  .describe('the Temporal server that runs the workflows');

export const watchSettingsSchema = z
  .strictObject({
    mode: z
      .enum(['stream', 'poll'])
      .default('stream')
      .describe('stream: rules are evaluated on every batch of ticks; poll: every intervalSeconds'),
    intervalSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(30)
      .describe('market seconds between evaluations in poll mode'),
    snapshotSeconds: z.number().min(1).max(3600).default(30).describe('market seconds between stored snapshots'),
    quietQuoteSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(60)
      .describe(
        'market seconds of silence after which a fresh quote of a leg, an underlying or the VIX is requested; without an answer for as long again it has no price',
      ),
    valueTolerance: z
      .number()
      .min(0)
      .max(10, 'a share of at most 10; 50 % is written 0.5')
      .default(0.15)
      .describe("share of its legs' value by which a position may differ from the broker's value"),
    valueMinutes: z
      .number()
      .min(0)
      .max(1440)
      .default(5)
      .describe('market minutes of disagreement with the broker about value or P&L before an alert'),
    positionsMax: z.int().min(1).max(2000).default(200).describe('positions that one worker watches at once'),
  })
  .prefault({})
  .describe('watching of open positions');

/** `fetch` takes no address with a user; what a collector asks for goes into OTEL_EXPORTER_OTLP_HEADERS. */
export const collectorUrl = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).password === ''),
    'an address without user and password; what the collector asks for goes into OTEL_EXPORTER_OTLP_HEADERS',
  );

export const observabilitySettingsSchema = z
  .strictObject({
    metricsPort: port
      .optional()
      .describe('port at which a worker shows its metrics to Prometheus; empty: none are measured'),
    metricsHost: text
      .refine((host) => isIP(host) > 0, 'an IP address such as 127.0.0.1, or 0.0.0.0 for every address')
      .default('127.0.0.1')
      .describe('IP address on which that port listens; the metrics need no password'),
    otlpUrl: collectorUrl
      .optional()
      .describe('collector that gets traces by OTLP over HTTP, such as http://127.0.0.1:4318; empty: none are made'),
  })
  .prefault({})
  .describe('what Legwork shows of itself: metrics for Prometheus, traces by OTLP');

const severities = (names: Urgency[]) => z.array(z.enum(['LOW', 'NORMAL', 'HIGH', 'IMMEDIATE'])).default(names);

export const alertSettingsSchema = z
  .strictObject({
    webhookUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("address that gets alerts as a JSON POST, in the form of Slack's incoming webhooks"),
    webhookSeverities: severities(['LOW', 'NORMAL', 'HIGH', 'IMMEDIATE']).describe(
      'severities of the alerts that the webhook gets',
    ),
    email: z
      .strictObject({
        smtpUrl: z
          .url({ protocol: /^smtps?$/ })
          .optional()
          .describe('mail server, smtps://user:password@host:465 or smtp://host:587; better in LEGWORK_SMTP_URL'),
        from: z.email().optional().describe('sender of the mails'),
        to: z.array(z.email()).default([]).describe('recipients of the mails'),
        severities: severities(['HIGH', 'IMMEDIATE']).describe('severities of the alerts that are mailed'),
      })
      .prefault({})
      .refine(
        ({ smtpUrl, from, to }) => smtpUrl === undefined || (from !== undefined && to.length > 0),
        'from, and at least one address in to, together with smtpUrl',
      )
      .describe('alerts by e-mail'),
    daySummary: z
      .enum(['off', 'LOW', 'NORMAL', 'HIGH', 'IMMEDIATE'])
      .default('NORMAL')
      .describe(
        'severity of the summary after each session, which decides its channels; off: it is stored and not sent',
      ),
    unmonitoredSeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(120)
      .describe('wall seconds without a worker, with positions open, after which the watchdog alerts'),
  })
  .prefault({})
  .describe('alerts; they are always kept in the database and logged');
