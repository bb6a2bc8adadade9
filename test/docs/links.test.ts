import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commands, markdownFiles, ROOT, read, tableRows } from './support.js';

/** Targets of links and images outside code. */
function linksOf(path: string): readonly string[] {
  const prose = read(path)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Anchors as GitHub makes them from headings. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = [...read(path).matchAll(/^#{1,6} +(.+)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

function problemOf(from: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(ROOT, path))) return `${from}: ${target} does not exist`;
  if (anchor === undefined || anchorsOf(path).has(anchor)) return undefined;
  return `${from}: ${path} has no heading #${anchor}`;
}

describe('relative links', () => {
  it('resolve, with their anchors, in every Markdown file', () => {
    const files = markdownFiles();
    expect(files).toContain('README.md');
    expect(files.flatMap((file) => linksOf(file).flatMap((target) => problemOf(file, target) ?? []))).toEqual([]);
  });

  it('a link to a missing file is found', () => {
    expect(problemOf('README.md', 'docs/nowhere.md')).toBe('README.md: docs/nowhere.md does not exist');
    expect(problemOf('docs/errors.md', '#no-such')).toBe('docs/errors.md: docs/errors.md has no heading #no-such');
  });
});

describe("README's table of commands", () => {
  const documented = tableRows(read('README.md')).flatMap(([name = '', , exits = '']) => {
    const words = /^`legwork ([^`]+)`$/.exec(name)?.[1]?.split(' ') ?? [];
    const end = words.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('--'));
    const path = words.slice(0, end < 0 ? undefined : end).join(' ');
    return path === '' ? [] : [{ path, exits: exits.split(' ').map(Number) }];
  });
  const real = commands();

  it('has every command, each once, and none that does not exist', () => {
    expect(documented.map(({ path }) => path).sort()).toEqual([...real.keys()].sort());
  });

  it('has the exit codes that help names', () => {
    expect(Object.fromEntries(documented.map(({ path, exits }) => [path, exits]))).toEqual(Object.fromEntries(real));
  });

  it('agrees with every command named in the documentation', () => {
    const tops = new Set([...real.keys()].map((path) => path.split(' ')[0]));
    const wrong = markdownFiles().flatMap((file) =>
      [...read(file).matchAll(/(?:`|npx |exec worker )legwork ([a-z-]+)/g)]
        .filter(([, name = '']) => !tops.has(name))
        .map(([match]) => `${file}: ${match}`),
    );
    expect(wrong).toEqual([]);
  });
});
