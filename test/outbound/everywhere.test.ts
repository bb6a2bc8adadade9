/** Every call out of a Legwork process has a deadline with a strong reference. The check is shown to be able to fail. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A call that leaves the process, and what its arguments or the text around it must contain; `home` may make it plainly. */
interface Way {
  readonly call: RegExp;
  readonly arguments?: readonly RegExp[];
  readonly before?: RegExp;
  readonly after?: RegExp;
  readonly home?: string;
}

const WAYS: readonly Way[] = [
  // Node may collect such a signal before it fires, once it is combined with another or followed.
  { call: /\bAbortSignal\s*\.\s*(any|timeout)\b/g },
  { call: /\bfetch\(/g, home: 'src/outbound/http.ts' },
  { call: /(?<![\w.])(?:request|https?\.(?:request|get))\((?=\{|url)/g, arguments: [/\bsignal\b/] },
  { call: /\bConnection\.(?:connect|lazy)\(/g, home: 'src/outbound/temporal.ts' },
  { call: /\bNativeConnection\.connect\(/g, before: /within\(\w+, \(\) => $/ },
  { call: /\bnew pg\.(?:Client|Pool)\(/g, arguments: [/\bconnectionTimeoutMillis\b/, /\bquery_timeout\b/] },
  { call: /\b(?:execFile|execFileSync|execSync|spawnSync)\(/g, home: 'src/outbound/command.ts' },
  // The relay of a campaign of faults is silent on purpose.
  { call: /\bconnect\(\{? ?(?:port|host|this\.#target)/g, home: 'chaos/proxy.ts', after: /\bsetTimeout\(/ },
];

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

/** The text from `from`, just after an opening bracket, to the closing one. */
function argumentsAt(text: string, from: number): string {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if ('([{'.includes(text[at] ?? '')) depth += 1;
    if (')]}'.includes(text[at] ?? '') && --depth === 0) return text.slice(from, at);
  }
  return text.slice(from);
}

function unbounded(sources: Readonly<Record<string, string>>): string[] {
  return Object.entries(sources).flatMap(([file, whole]) => {
    const text = withoutComments(whole);
    return WAYS.filter(({ home }) => home !== file).flatMap((way) =>
      [...text.matchAll(way.call)]
        .filter(({ index, 0: call }) => {
          if (way.before?.test(text.slice(Math.max(0, index - 80), index))) return false;
          if (way.after?.test(text.slice(index, index + 400))) return false;
          const given = argumentsAt(text, index + call.length);
          return way.arguments === undefined || way.arguments.some((needed) => !needed.test(given));
        })
        .map(({ 0: call }) => `${file}: ${call}`),
    );
  });
}

test('nothing leaves a process without a deadline', () => {
  const folders = ['src', 'bin', 'scripts', 'chaos', 'packages/ib-gateway/src', 'packages/ib-gateway/scripts'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.m?[jt]s$/.test(file) && !file.startsWith('dist/'))
      .map((file) => `${folder}/${file}`),
  );
  expect(files.length).toBeGreaterThan(300);
  expect(unbounded(Object.fromEntries(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')])))).toEqual(
    [],
  );
});

test.each([
  ['const signal = AbortSignal.any([a, b]);', 1],
  ['const signal = AbortSignal\n  .timeout(5);', 1],
  ['// AbortSignal.timeout(5) is collected', 0],
  ["await fetch('http://x', { signal });", 1],
  ['const outgoing = request({ host, port, timeout: 5 }, () => undefined);', 1],
  ['const outgoing = request({ host, port, signal }, () => undefined);', 0],
  ['const connection = await Connection.connect({ address });', 1],
  ['await NativeConnection.connect({ address });', 1],
  ['await within(MS, () => NativeConnection.connect({ address }));', 0],
  ['new pg.Client({ connectionString: url, connectionTimeoutMillis: 5 });', 1],
  ['new pg.Client({ connectionTimeoutMillis: 5, query_timeout: 5 });', 0],
  ["execFile('initdb', [], { timeout: 5 });", 1],
  ['const far = connect(port, host);', 1],
  ['const far = connect(port, host);\nfar.setTimeout(5_000, () => far.destroy());', 0],
])('of %s it finds %i', (text, found) => {
  expect(unbounded({ 'src/worker/x.ts': text })).toHaveLength(found);
});
