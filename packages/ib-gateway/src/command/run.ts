/** What the command does: serve until interrupted, list scenarios and faults, or compare with a capture. */
import { resolve } from 'node:path';
import { compareCapture } from '../compare/index.js';
import { listFaults } from '../control/any-fault.js';
import { startGateway } from '../gateway.js';
import type { GatewayHandle, GatewayOptions } from '../options.js';
import { listScenarios } from '../scenario/index.js';
import { comparisonText } from './comparison.js';
import { BadOption, readOptions, textOf } from './options.js';
import { columns } from './text.js';

/** The environment of the command, and how it answers. */
export interface Surroundings {
  readonly cwd: string;
  /** The answer: an object for programs, or its text for people. */
  answer(object: unknown, text: () => string): void;
  /** Aborts when the person or the system asks the command to end. */
  interruption(): AbortSignal;
}

/**
 * Runs the command with commander's options; resolves to its exit status. Throws BadOption for input that is not allowed,
 * before anything listens.
 */
export async function runGateway(options: Readonly<Record<string, unknown>>, around: Surroundings): Promise<number> {
  if (options.list === true) return list(around);
  const wanted = readOptions(options);
  const capture = textOf(options, 'compare');
  return capture === undefined ? await serve(around, wanted) : await compare(around, capture, wanted);
}

function list({ answer }: Surroundings): number {
  const scenarios = listScenarios();
  const faults = listFaults();
  const rows = (entries: typeof scenarios): string[][] => entries.map(({ name, about }) => [name, about]);
  answer({ scenarios, faults }, () =>
    [
      columns(['SCENARIO', ''], rows(scenarios)),
      columns(['FAULT', ''], rows(faults)),
      'The README of ib-gateway has the parameters of faults and what a scenario file may say.',
    ].join('\n\n'),
  );
  return 0;
}

async function serve({ answer, interruption }: Surroundings, wanted: GatewayOptions): Promise<number> {
  const gateway = await startOrExplain(wanted);
  const { host, port, controlPort } = gateway;
  const { scenario, stepped } = wanted;
  const stop = interruption();
  const marketTime = new Date(gateway.now()).toISOString();
  answer({ host, port, controlPort: controlPort ?? null, marketTime, scenario }, () =>
    [
      `Simulated gateway (${scenario ?? ''}) at ${host}:${port}, market time ${marketTime}.`,
      ...(controlPort === undefined ? [] : [`Control interface at http://${host}:${controlPort}/status.`]),
      stepped ? 'Time moves only by POST /advance. Ctrl-C ends it.' : 'Ctrl-C ends it.',
    ].join('\n'),
  );
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  await gateway.close();
  return 0;
}

async function startOrExplain(wanted: GatewayOptions): Promise<GatewayHandle> {
  try {
    return await startGateway(wanted);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      throw new BadOption('port', wanted.port, `a port that may be listened on (${code})`);
    }
    if (error instanceof RangeError || (error instanceof Error && error.name === 'ZodError') || code === 'ENOENT') {
      const [first = ''] = (error instanceof Error ? error.message : '').split('\n');
      throw new BadOption('gateway', wanted.scenario, `a scenario, a start and a state that can be read (${first})`);
    }
    throw error;
  }
}

/** Answers 0 when nothing differs from the capture, else 1. */
async function compare({ cwd, answer }: Surroundings, capture: string, options: GatewayOptions): Promise<number> {
  const { port: _, controlPort: __, ...wanted } = options;
  try {
    const comparison = await compareCapture(resolve(cwd, capture), wanted);
    const { requests, differences } = comparison;
    answer({ requests, differences }, () => comparisonText(comparison));
    return differences.length === 0 ? 0 : 1;
  } catch (error) {
    const why = error instanceof RangeError ? error.message : systemCode(error);
    if (why !== undefined) throw new BadOption('--compare', capture, `a capture that can be read (${why})`);
    throw error;
  }
}

/** `ENOENT` and similar codes. */
function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) ? code : undefined;
}
