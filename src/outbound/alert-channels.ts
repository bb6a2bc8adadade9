/**
 * Where alerts go besides the database: a webhook with a Slack-compatible body, and e-mail. Each channel gets the severities that its
 * settings name.
 */
import { createTransport } from 'nodemailer';
import type { AlertMessage, ChannelName } from '../domain/alert.js';
import { defined } from '../domain/defined.js';
import type { Urgency } from '../domain/rules/decision.js';
import { within } from './deadline.js';
import { httpRequest } from './http.js';

export interface ChannelSettings {
  readonly webhookUrl?: string | undefined;
  readonly webhookSeverities: readonly Urgency[];
  readonly email: {
    readonly smtpUrl?: string | undefined;
    readonly from?: string | undefined;
    readonly to: readonly string[];
    readonly severities: readonly Urgency[];
  };
}

interface SendOptions {
  /** Wall ms within which the other side must answer. */
  readonly answerMs?: number;
  readonly stop?: AbortSignal;
}

export interface AlertChannel {
  readonly name: ChannelName;
  readonly severities: readonly Urgency[];
  /** Resolves when the message was taken. Throws ChannelRefused, DeadlineExceeded, or the error of a connection. */
  send(alert: AlertMessage, options?: SendOptions): Promise<void>;
}

/** The other side answered and did not take the message. */
export class ChannelRefused extends Error {
  constructor(
    message: string,
    /** Whether the same message may be taken later: the other side is busy or broken. Otherwise it refuses this message. */
    readonly mayPass: boolean,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

const ANSWER_MS = 10_000;

/** The channels in the settings; none where nothing is set. */
export function channelsOf({ webhookUrl, webhookSeverities, email }: ChannelSettings): readonly AlertChannel[] {
  const { smtpUrl, from, to, severities } = email;
  return [
    ...(webhookUrl === undefined ? [] : [webhook(webhookUrl, webhookSeverities)]),
    ...(smtpUrl === undefined || from === undefined ? [] : [mailbox({ smtpUrl, from, to, severities })]),
  ];
}

function webhook(url: string, severities: readonly Urgency[]): AlertChannel {
  return { name: 'webhook', severities, send: (alert, options) => postAlert(url, alert, options) };
}

/** One POST of JSON: `text` for hooks that show a message, the alert's own fields for those that read them. */
async function postAlert(
  url: string,
  alert: AlertMessage,
  { answerMs = ANSWER_MS, stop }: SendOptions = {},
): Promise<void> {
  const { type, severity, title, message, rule, symbol, positionId, count } = alert;
  const text = `${headline(alert)}: ${message}${footer(alert)}`;
  const response = await httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, alert: { type, severity, title, message, rule, symbol, positionId, count } }),
    deadlineMs: answerMs,
    statusOnly: true,
    ...defined({ stop }),
  });
  const { ok, status, headers } = response;
  if (ok) return;
  const after = Number(headers.get('retry-after'));
  throw new ChannelRefused(
    `the webhook answered ${status}`,
    status === 408 || status === 429 || status >= 500,
    Number.isFinite(after) && after > 0 ? after * 1000 : undefined,
  );
}

function mailbox(settings: {
  readonly smtpUrl: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly severities: readonly Urgency[];
}): AlertChannel {
  const { smtpUrl, from, to, severities } = settings;
  return {
    name: 'email',
    severities,
    send: async (alert, { answerMs = ANSWER_MS, stop } = {}) => {
      // One connection per message: alerts are rare, and the server may have been restarted in between.
      const transport = createTransport({
        url: smtpUrl,
        connectionTimeout: answerMs,
        greetingTimeout: answerMs,
        socketTimeout: answerMs,
      });
      const mail = {
        from,
        to: [...to],
        subject: headline(alert),
        text: `${alert.message}${footer(alert)}\n\nRule: ${alert.rule}\nSee: legwork alerts\n`,
      };
      try {
        await within(answerMs, () => transport.sendMail(mail), stop);
      } catch (error) {
        throw refusalOf(error);
      } finally {
        transport.close();
      }
    },
  };
}

/** SMTP codes 5xx are final, 4xx temporary (RFC 5321, 4.2.1). A server that refuses the login may accept it once it is set up. */
function refusalOf(error: unknown): unknown {
  const { responseCode, code, message } = error as { responseCode?: number; code?: string; message?: string };
  if (responseCode === undefined) return error;
  return new ChannelRefused(`the mail server answered: ${message}`, responseCode < 500 || code === 'EAUTH');
}

/** `[HIGH] Close Position: stop_loss (SPY spy-ic-20260302-a1b2c3)`, without line breaks. */
function headline({ severity, title, symbol, positionId }: AlertMessage): string {
  const where = [symbol, positionId].filter((part) => part !== undefined).join(' ');
  return `[${severity}] ${title}${where === '' ? '' : ` (${where})`}`.replaceAll(/\s+/g, ' ');
}

function footer({ count, status }: AlertMessage): string {
  const over = status === 'ACTIVE' ? '' : ` [${status.toLowerCase()} meanwhile]`;
  return `${count > 1 ? ` (raised ${count} times)` : ''}${over}`;
}
