/**
 * The control interface: HTTP and JSON on the loopback address. Times are epoch milliseconds of the market clock.
 *
 *   GET  /status          {now, mode, nextEvent, sessions}
 *   GET  /next            {nextEvent}
 *   GET  /positions       positions at the exchange
 *   GET  /journal?from=n  journal entries numbered n and later
 *   GET  /faults          all faults: [{name, about}]
 *   POST /advance {to}    {now, nextEvent}; stepped mode only
 *   POST /fault {kind..}  see session/fault-schema.ts and control/exchange-fault.ts
 *   POST /set {kind..}    see control/market-change.ts
 *
 * Errors are {error} with status 400 (cannot be read), 404 (no such path), 409 (not in this mode).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { JournalEntry } from '../journal.js';
import type { GatewayPosition } from '../model.js';
import { type AnyFault, anyFaultSchema, listFaults } from './any-fault.js';
import { type MarketChange, marketChangeSchema } from './market-change.js';

const MAX_BODY_BYTES = 1 << 20;

/** What the interface controls. */
export interface ControlTarget {
  now(): number;
  mode(): 'running' | 'stepped';
  nextEvent(): number | undefined;
  sessions(): readonly object[];
  positions(): readonly GatewayPosition[];
  journal(from: number): readonly JournalEntry[];
  advance(to: number): number;
  fault(fault: AnyFault): void;
  set(change: MarketChange): void;
}

class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const advanceSchema = z.strictObject({ to: z.number().int() });

type Route = (target: ControlTarget, input: { readonly url: URL; readonly body: unknown }) => unknown;

const routes: Readonly<Record<string, Route>> = {
  'GET /status': (target) => ({
    now: target.now(),
    mode: target.mode(),
    nextEvent: target.nextEvent() ?? null,
    sessions: target.sessions(),
  }),
  'GET /next': (target) => ({ nextEvent: target.nextEvent() ?? null }),
  'GET /positions': (target) => target.positions(),
  'GET /journal': (target, { url }) => target.journal(Number(url.searchParams.get('from') ?? 1) || 1),
  'GET /faults': () => listFaults(),
  'POST /advance': (target, { body }) => {
    const { to } = advanceSchema.parse(body);
    if (target.mode() !== 'stepped') throw new HttpError(409, 'the clock of this gateway runs by itself');
    const now = target.advance(to);
    return { now, nextEvent: target.nextEvent() ?? null };
  },
  'POST /fault': (target, { body }) => {
    target.fault(anyFaultSchema.parse(body));
    return { done: true };
  },
  'POST /set': (target, { body }) => {
    target.set(marketChangeSchema.parse(body));
    return { done: true };
  },
};

/** The requests that the interface answers, as `METHOD /path`. */
export const CONTROL_ROUTES: readonly string[] = Object.keys(routes);

/** Starts the interface; resolves with the server and its port. */
export async function startControl(
  target: ControlTarget,
  host: string,
  port: number,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    answer(target, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(target: ControlTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://gateway');
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) throw new HttpError(404, `no ${request.method} ${url.pathname}`);
    const body = request.method === 'POST' ? await readBody(request) : undefined;
    reply(response, 200, route(target, { url, body }));
  } catch (error) {
    reply(response, error instanceof HttpError ? error.status : 400, { error: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new HttpError(400, 'the body is too long');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
