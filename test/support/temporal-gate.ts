/**
 * A Temporal server that asks for credentials: TLS before a real one, which serves a call only with a client certificate and an API key
 * that count at that moment.
 */
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.js';

const UNAUTHENTICATED = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '16',
  'grpc-message': 'Request unauthorized.',
};

export interface Call {
  /** The method. */
  readonly path: string;
  readonly key: string;
  /** The common name of the client's certificate. */
  readonly certificate: string;
  /** The library: temporal-typescript for clients, temporal-core and such for what polls. */
  readonly client: string;
}

export class TemporalGate {
  /** Served calls since the last `forget`. */
  served: Call[] = [];
  refused: Call[] = [];
  /** API keys and names of certificates that count. */
  readonly keys = new Set<string>();
  readonly certificates = new Set<string>();
  private readonly sessions = new Set<ServerHttp2Session>();

  private constructor(
    private readonly server: Http2SecureServer,
    private readonly upstream: ClientHttp2Session,
  ) {
    server.on('session', (session) => {
      this.sessions.add(session);
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => undefined);
    });
    server.on('stream', (stream, headers) => this.pass(stream, headers));
  }

  /** In front of the server at `address`, with a certificate that clients verify by `ca`. */
  static async open(address: string, own: Certificate, ca: string): Promise<TemporalGate> {
    const server = createSecureServer({ ...own, ca, requestCert: true, rejectUnauthorized: true });
    server.on('sessionError', () => undefined);
    const upstream = connect(`http://${address}`);
    await new Promise<void>((resolve, reject) => {
      upstream.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve());
    });
    return new TemporalGate(server, upstream);
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A certificate counts no more: its connections are ended, too. */
  distrust(name: string): void {
    this.certificates.delete(name);
    for (const session of this.sessions) if (nameOf(session) === name) session.destroy();
  }

  forget(): void {
    this.served = [];
    this.refused = [];
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.upstream.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    const call = {
      path: String(headers[':path']).split('/').at(-1) ?? '',
      key: String(headers.authorization ?? '').replace('Bearer ', ''),
      certificate: nameOf(stream.session),
      client: String(headers['client-name'] ?? ''),
    };
    if (!this.keys.has(call.key) || !this.certificates.has(call.certificate)) {
      this.refused.push(call);
      stream.respond(UNAUTHENTICATED, { endStream: true });
      return;
    }
    this.served.push(call);
    const { authorization: _key, ':authority': _host, ':scheme': _scheme, ...rest } = headers;
    const request = this.upstream.request(rest);
    let trailers: IncomingHttpHeaders = {};
    request.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
    stream.on('close', () => request.close(constants.NGHTTP2_CANCEL));
    request.on('trailers', (last) => {
      trailers = last;
    });
    request.on('response', (answer, flags) => {
      if (stream.destroyed) return;
      const isLast = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, isLast ? { endStream: true } : { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      if (!isLast) request.pipe(stream);
    });
    stream.pipe(request);
  }
}

function nameOf(session: Http2Session | undefined): string {
  const socket = session?.socket as TLSSocket | undefined;
  const name = socket?.getPeerCertificate?.().subject?.CN;
  return typeof name === 'string' ? name : '';
}
