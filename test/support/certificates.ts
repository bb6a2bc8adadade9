/** Certificates for a test: an authority of its own, and what it signs. Made here, so that no key lies in the repository. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly cert: string;
  /** For the address 127.0.0.1, or a host, of a server or a client. */
  issue(name: string, host?: string): Certificate;
}

const VALID_MS = 24 * 3600 * 1000;
const SHA256_WITH_ECDSA = '06082a8648ce3d040302';

export function createAuthority(): Authority {
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const AUTHORITY = 'Legwork tests';
  return {
    cert: certify(AUTHORITY, AUTHORITY, issuer.publicKey, issuer.privateKey, true),
    issue: (name, host) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        cert: certify(name, AUTHORITY, own.publicKey, issuer.privateKey, false, host),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

/** X.509 version 3, RFC 5280 section 4.1. */
function certify(
  name: string,
  issuer: string,
  subject: KeyObject,
  signer: KeyObject,
  isAuthority: boolean,
  host?: string,
): string {
  const algorithm = sequence(Buffer.from(SHA256_WITH_ECDSA, 'hex'));
  const time = (ms: number) =>
    der(
      0x17,
      Buffer.from(
        `${new Date(ms)
          .toISOString()
          .replace(/[-:T]|\.\d+/g, '')
          .slice(2)}`,
      ),
    );
  // Basic constraints, and the host or the address 127.0.0.1 as alternative name.
  const extensions = [
    extension('0603551d13', sequence(...(isAuthority ? [Buffer.from('0101ff', 'hex')] : []))),
    extension(
      '0603551d11',
      sequence(host === undefined ? Buffer.from('87047f000001', 'hex') : der(0x82, Buffer.from(host))),
    ),
  ];
  const serial = randomBytes(8);
  serial[0] = 1;
  const body = sequence(
    der(0xa0, Buffer.from('020102', 'hex')),
    der(0x02, serial),
    algorithm,
    commonName(issuer),
    sequence(time(Date.now() - VALID_MS), time(Date.now() + VALID_MS)),
    commonName(name),
    subject.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, signer);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(Buffer.from(id, 'hex'), der(0x04, value));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  if (length < 256) return Buffer.concat([Buffer.from([tag, 0x81, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 255]), content]);
}
