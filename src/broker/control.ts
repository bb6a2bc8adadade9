/** Client of a simulated gateway's control interface: its exact time, and the steps of a stepped clock. */
import { Agent, request } from 'node:http';
import { DeadlineExceeded, within } from '../outbound/deadline.js';
import { unreachable } from './failures.js';

const TIMEOUT_MS = 5_000;

export interface ControlStatus {
  /** Market time, epoch ms. */
  readonly now: number;
  readonly mode: 'running' | 'stepped';
  readonly nextEvent: number | undefined;
}

interface Answer {
  readonly now?: unknown;
  readonly mode?: unknown;
  readonly nextEvent?: unknown;
  readonly error?: unknown;
}

export class Control {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 2 });
  private closed = false;

  constructor(
    private readonly address: { readonly host: string; readonly port: number },
    /** Wall ms until the complete answer must be there. */
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  async status(): Promise<ControlStatus> {
    const answer = await this.call('GET', '/status');
    const { now, mode, nextEvent } = answer;
    if (typeof now !== 'number' || (mode !== 'running' && mode !== 'stepped'))
      throw unreachable('The control interface of the gateway gave an answer that is no status.');
    return { now, mode, nextEvent: typeof nextEvent === 'number' ? nextEvent : undefined };
  }

  /** Moves a stepped clock to `to` (epoch ms) or to an earlier event; the time reached. */
  async advance(to: number): Promise<number> {
    const { now } = await this.call('POST', '/advance', { to });
    if (typeof now !== 'number') throw unreachable('The control interface of the gateway did not say the time.');
    return now;
  }

  close(): void {
    this.closed = true;
    this.agent.destroy();
  }

  private call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const failed = (why: string) => unreachable(`The control interface of the gateway failed at ${path}: ${why}`);
    if (this.closed) return Promise.reject(failed('it was closed'));
    const { host, port } = this.address;
    const ask = (signal: AbortSignal) =>
      new Promise<Answer>((resolve, reject) => {
        const outgoing = request({ host, port, method, path, agent: this.agent, signal }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', (error) => reject(failed(error.message)));
          response.on('end', () => {
            const answer = parse(text);
            if (response.statusCode === 200 && answer !== undefined) resolve(answer);
            else reject(failed(String(answer?.error ?? `status ${response.statusCode}`)));
          });
        });
        outgoing.on('error', (error) => reject(failed(error.message)));
        outgoing.end(body === undefined ? undefined : JSON.stringify(body));
      });
    return within(this.timeoutMs, ask).catch((error: unknown) => {
      throw error instanceof DeadlineExceeded ? failed(error.message) : error;
    });
  }
}

function parse(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
