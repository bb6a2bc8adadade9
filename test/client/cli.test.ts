import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { registerCommands } from '../../src/cli/commands/index.js';
import { examineNode } from '../../src/cli/doctor/node.js';
import { legwork } from './support.js';

const NOTHING = 'Nothing is running here: start `legwork up`, or set TEMPORAL_ADDRESS and DATABASE_URL.\n';
const ID = 'spy-ic-20260302-a1b2c3';

describe('wrong usage ends with 2 and one sentence, before anything is started', () => {
  it.each<[string, string[], RegExp]>([
    ['an unknown command', ['clos', ID], /^Unknown command 'clos' \(did you mean close\?\)\.\n$/],
    ['a missing argument', ['close'], /^Missing required argument 'id'\.\n$/],
    [
      'too many arguments',
      ['close', ID, 'more'],
      /^Too many arguments for 'close'; expected 1 argument but got 2\.\n$/,
    ],
    ['an unknown option', ['positions', '--jsno'], /^Unknown option '--jsno' \(did you mean --json\?\)\.\n$/],
    ['a missing subcommand', ['config'], /^A subcommand is missing/],
    ['a malformed position id', ['close', 'AB'], /^position id: "AB" is not allowed; expected lower-case letters/],
    ['a malformed symbol', ['signal', '5PY!', 'condor'], /^symbol: "5PY!" is not allowed; expected the ticker/],
    [
      'an unknown strategy',
      ['enter', 'SPY', 'butterfly'],
      /^strategy: "butterfly" is not allowed; expected one of iron-condor/,
    ],
    ['a quantity of nothing', ['enter', 'SPY', 'ic', '--quantity', '0'], /^quantity: "0" is not allowed/],
    ['a broken quantity', ['enter', 'SPY', 'ic', '--quantity', '1.5'], /^quantity: "1\.5" is not allowed/],
    [
      'a ratio of one',
      ['reduce', ID, '--ratio', '1'],
      /^ratio: "1" is not allowed; expected a number above 0 and below 1/,
    ],
    ['a missing ratio', ['reduce', ID], /^Required option '--ratio <share>' not specified\.\n$/],
    ['days of nothing', ['roll', ID, '--dte', '0'], /^dte: "0" is not allowed; expected a whole number of days/],
    ['a price that is none', ['close', ID, '--limit-price', '1,25'], /^limit price: "1,25" is not allowed/],
    ['a price of nothing', ['enter', 'SPY', 'ic', '--limit-price', '0'], /^limit price: "0" is not allowed/],
    ['two kinds of price', ['close', ID, '--limit-price', '1', '--market'], /^--limit-price and --market: "both"/],
    [
      'an unknown urgency',
      ['close', ID, '--urgency', 'now'],
      /^urgency: "now" is not allowed; expected one of immediate/,
    ],
    [
      'an unknown setting',
      ['enter', 'SPY', 'ic', '--set', 'ironCondor.shrtDelta=0.2'],
      /did you mean ironCondor\.shortDelta/,
    ],
    ['a setting out of range', ['enter', 'SPY', 'ic', '--set', 'dte=0'], /^--set: dte: 0 is not allowed; expected a/],
    ['a custom strategy without legs', ['enter', 'SPY', 'custom'], /^--leg: "none" is not allowed/],
    ['a malformed leg', ['enter', 'SPY', 'custom', '--leg', 'sell:put'], /^leg: "sell:put" is not allowed/],
    ['a malformed request id', ['close', ID, '--id', 'A'], /^id: "A" is not allowed/],
    ['no time to wait', ['close', ID, '--timeout', '0'], /^timeout: "0" is not allowed; expected a number above 0/],
    [
      'an unknown alert status',
      ['alerts', '--status', 'open'],
      /^status: "open" is not allowed; expected one of active/,
    ],
    ['an unknown verdict', ['orders', 'resolve', 'LW|x|1|combo|1', '--as', 'maybe'], /^--as: "maybe" is not allowed/],
    [
      'a stepped gateway nobody can move',
      ['gateway', '--stepped'],
      /^--stepped: "without --control-port" is not allowed/,
    ],
    ['a port out of range', ['gateway', '--port', '70000'], /^port: "70000" is not allowed/],
    ['an unknown scenario', ['gateway', '--port', '0', '--scenario', 'nosuch'], /no scenario nosuch; shipped are/],
    ['a seed that is none', ['demo', '--seed', 'x'], /^seed: "x" is not allowed/],
    ['a configuration file that is not there', ['positions', '--config', 'absent.yaml'], /absent\.yaml/],
  ])('%s', async (_what, argv, sentence) => {
    const { status, out, err } = await legwork(argv);
    expect(err).toMatch(sentence);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
    expect(status).toBe(2);
  });

  it('answers as JSON on request', async () => {
    const { status, json, err } = await legwork(['close', 'AB', '--json']);
    expect(status).toBe(2);
    expect(json()).toEqual({ error: { code: 'INVALID_INPUT', message: err.trimEnd() } });
  });

  it('shows help without a command, with exit code 2', async () => {
    const { status, out } = await legwork([]);
    expect(status).toBe(2);
    expect(out).toContain('Usage: legwork');
  });
});

describe('every command that needs a part ends with 4 when nothing runs', () => {
  it.each<[string[]]>([
    [['signal', 'SPY', 'iron-condor']],
    [['enter', 'spy', 'iron_condor', '--quantity', '2', '--set', 'dte=40', '--limit-price', '1.25']],
    [['enter', 'SPY', 'custom', '--leg', 'sell:put:600:20260320', '--leg', 'buy:put:590:20260320:2']],
    [['positions']],
    [['show', ID]],
    [['watch', '--once']],
    [['close', ID]],
    [['roll', ID, '--dte', '45']],
    [['reduce', ID, '--ratio', '.5']],
    [['close-all', 'SPY']],
    [['pause', ID]],
    [['resume', ID]],
    [['monitor']],
    [['alerts']],
    [['alerts', 'ack', '1']],
    [['decisions', ID]],
    [['orders', '--open']],
    [['orders', 'resolve', `LW|${ID}|1|combo|1`, '--as', 'absent']],
    [['reconcile']],
    [['halt']],
    [['reduce-only']],
    [['activate']],
  ])('%j', async (argv) => {
    const { status, err, out } = await legwork(argv);
    expect(err).toBe(NOTHING);
    expect(out).toBe('');
    expect(status).toBe(4);
  });

  it('names the missing part when the other is known', async () => {
    const { err } = await legwork(['positions'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    expect(err).toBe('No database is known here: set DATABASE_URL, or start `legwork up`.\n');
  });

  it('reports a named part that does not answer', async () => {
    const { status, json } = await legwork(['positions', '--json'], {
      env: { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    });
    expect(status).toBe(4);
    expect(json()).toMatchObject({ error: { code: 'DATABASE_UNREACHABLE' } });
  });
});

describe('help', () => {
  /** Every command and subcommand as the program knows them. */
  const commands = (): string[][] => {
    const program = new Command('legwork');
    registerCommands(
      {
        io: {
          stdout: { write: String },
          stderr: { write: String },
          env: {},
          cwd: '/',
          interruption: () => AbortSignal.abort(),
        },
        exitStatus: 0,
      },
      program,
    );
    const walk = (command: Command, path: string[]): string[][] =>
      command.commands.flatMap((child) => [[...path, child.name()], ...walk(child, [...path, child.name()])]);
    return walk(program, []).filter((path) => !['config', 'deploy'].includes(path.join(' ')));
  };

  it('has an example, exit codes, --json and --config for every command', async () => {
    expect(commands().length).toBeGreaterThanOrEqual(29);
    for (const path of commands()) {
      const { status, out } = await legwork([...path, '--help']);
      expect(status).toBe(0);
      for (const part of ['Example', `$ `, 'Exit codes:', '--json', '--config']) {
        expect(`${path.join(' ')}: ${out}`).toContain(part);
      }
    }
  });

  const examplesOf = (help: string): { readonly line: string; readonly words: string[] }[] =>
    [...help.matchAll(/^ {2}\$ (?:[A-Z_]+=\S+ )*legwork (.+)$/gm)].map(([, line = '']) => {
      const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
      return { line, words };
    });

  it('gives examples that parse', async () => {
    for (const path of commands()) {
      const examples = examplesOf((await legwork([...path, '--help'])).out);
      expect(examples.length).toBeGreaterThan(0);
      for (const { line, words } of examples) {
        if (['up', 'worker', 'demo', 'gateway', 'doctor', 'config'].includes(words[0] ?? '')) continue;
        // Needs no part of ours, and names an unset channel.
        if (line.startsWith('alerts test')) continue;
        expect(`${line}: ${(await legwork(words)).status}`).toBe(`${line}: 4`);
      }
    }
  });

  it('has options whose values are checked before anything is sent', async () => {
    const free = '--reason';
    const longRunning = ['up', 'worker', 'watchdog', 'demo', 'gateway', 'doctor', 'paper-check'];
    for (const path of commands().filter(([name = '']) => !longRunning.includes(name))) {
      const { out } = await legwork([...path, '--help']);
      const [example] = examplesOf(out);
      const flags = [...out.matchAll(/^ +(?:-\w, )?(--[\w-]+) </gm)].map(([, flag = '']) => flag);
      for (const flag of flags.filter((one) => one !== free)) {
        const ran = [...(example?.words ?? []), flag, '?'];
        expect(`${ran.join(' ')}: ${(await legwork(ran)).status}`).toBe(`${ran.join(' ')}: 2`);
      }
    }
  });

  it('shows the version of the package', async () => {
    expect((await legwork(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe('commands that need nothing', () => {
  it('config show prints each value and its source, masked', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'legwork-cli-'));
    try {
      writeFileSync(join(cwd, 'legwork.yaml'), 'strategy:\n  dte: 44\n');
      const env = { DATABASE_URL: 'postgres://me:hunter2@db/legwork', IB_ACCOUNTS: 'DU1234567' };
      const { status, out, json } = await legwork(['config', 'show', '--json'], { cwd, env });
      expect(status).toBe(0);
      expect(out).not.toMatch(/hunter2|DU1234567/);
      expect(json().sources).toMatchObject({
        'strategy.dte': 'file legwork.yaml',
        'database.url': 'environment DATABASE_URL',
        'ib.port': 'default',
      });
      const text = await legwork(['config', 'show', '--changed'], { cwd, env });
      expect(text.out).toMatch(/strategy\.dte +44 +file legwork\.yaml/);
      expect(text.out).not.toContain('ib.port');
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });

  it('gateway --list names the scenarios and the faults', async () => {
    const { status, json } = await legwork(['gateway', '--list', '--json']);
    expect(status).toBe(0);
    expect(json().scenarios).toContainEqual(expect.objectContaining({ name: 'calm' }));
    expect(json().faults).toContainEqual(expect.objectContaining({ name: 'nightlyReset' }));
  });

  it('gateway says where it listens and runs until it is interrupted', async () => {
    const ended = new AbortController();
    const stepped = ['gateway', '--port', '0', '--control-port', '0', '--stepped', '--json'];
    ended.abort();
    const { status, json } = await legwork(stepped, { interruption: ended.signal });
    expect(status).toBe(0);
    expect(json()).toMatchObject({ host: '127.0.0.1', scenario: 'calm', port: expect.any(Number) });
  });

  it('doctor names every unreachable part, with a hint, and ends with 4', async () => {
    const { status, json } = await legwork(['doctor', '--json'], { env: { IB_PORT: '1' } });
    expect(status).toBe(4);
    const { checks, ok } = json() as { ok: boolean; checks: { name: string; status: string; hint: string | null }[] };
    expect(ok).toBe(false);
    const failed = checks.filter((check) => check.status === 'fail');
    expect(failed.map(({ name }) => name)).toEqual(['temporal', 'postgres', 'broker']);
    expect(failed.every(({ hint }) => hint !== null)).toBe(true);
    expect(checks.find(({ name }) => name === 'node')?.status).toBe(examineNode(process.versions.node).status);
  });

  it('doctor ends with 2 when the configuration is wrong', async () => {
    const { status, out } = await legwork(['doctor'], { env: { IB_PORT: '4001' } });
    expect(status).toBe(2);
    expect(out).toContain('live trading port');
  });
});
