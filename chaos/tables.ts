/** What a campaign has come to, for people. */
import type { SeedReport } from './run-seed.js';

/** One line a seed. */
export function seedLine(report: SeedReport): string {
  const { seed, violations, opened, closed, orders, fills, convergedMs, durationMs, crashes } = report;
  const rest = convergedMs === undefined ? 'never at rest' : `at rest after ${(convergedMs / 1000).toFixed(1)} s`;
  const ends = crashes.length === 0 ? '' : `, workers ended by themselves: ${crashes.join(', ')}`;
  return `seed ${seed} (${report.kind}): ${violations.length === 0 ? 'held' : 'FAILED'}, ${opened} opened, ${closed} closed, ${orders} orders, ${fills} fills, ${rest}, ${(durationMs / 1000).toFixed(0)} s${ends}`;
}

/** Closes that a person had to ask for again, a line each. */
export function againLines({ seed, askedAgain }: SeedReport): readonly string[] {
  return askedAgain.map((text) => `seed ${seed}: asked again: ${text}`);
}

/** Entries that were not opened, a line for each reason. */
export function notOpenedLines({ seed, notOpened }: SeedReport): readonly string[] {
  return notOpened.flatMap(({ title, whys }) =>
    whys.map(
      ({ reason, by, note }) => `seed ${seed}: not opened: ${title}: “${reason}”: by ${by ?? 'NOTHING'} (${note})`,
    ),
  );
}

/** Why a seed failed, a line each. */
export function violationLines({ seed, violations }: SeedReport): readonly string[] {
  return violations.map(({ invariant, text }) => `seed ${seed}: ${invariant}: ${text}`);
}

/** Faults by kind: how many happened, in how many seeds, and what the seeds came to. */
export function faultTable(reports: readonly SeedReport[]): string {
  const kinds = [...new Set(reports.flatMap(({ faults }) => faults.map(({ name }) => name)))].sort();
  const rows = kinds.map((kind) => {
    const of = (result: string) =>
      reports.flatMap(({ faults }) => faults.filter((one) => one.name === kind && one.result === result)).length;
    const seeds = reports.filter(({ faults }) => faults.some((one) => one.name === kind && one.result === 'done'));
    const failed = seeds.filter(({ violations }) => violations.length > 0).length;
    return [kind, of('done'), of('missed'), of('failed'), seeds.length, failed].map(String);
  });
  return columns([['fault', 'happened', 'moment never came', 'could not happen', 'seeds', 'of them failed'], ...rows]);
}

/** What was done to positions by name and by what it came to. */
export function actTable(reports: readonly SeedReport[]): string {
  const acts = reports.flatMap((report) => report.acts.map((act) => ({ ...act, seed: report.seed })));
  const keys = [...new Set(acts.map(({ name, result }) => JSON.stringify([name, result])))].sort();
  const rows = keys.map((key) => {
    const [name, result] = JSON.parse(key) as [string, string];
    const same = acts.filter((act) => act.name === name && act.result === result);
    return [name, result, String(same.length), String(new Set(same.map(({ seed }) => seed)).size)];
  });
  return columns([['done to a position', 'came to', 'times', 'seeds'], ...rows]);
}

/** Entries that were not opened by the kind of their first reason and what explains it. */
export function notOpenedTable(reports: readonly SeedReport[]): string {
  const firsts = reports.flatMap(({ notOpened }) => notOpened.flatMap(({ whys }) => whys.slice(0, 1)));
  if (firsts.length === 0) return 'every entry was opened';
  const counts = new Map<string, number>();
  for (const { cause = 'no fault leads to it', by = 'NOTHING' } of firsts) {
    const key = JSON.stringify([cause, by]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].sort().map(([key, count]) => [...(JSON.parse(key) as string[]), String(count)]);
  return columns([['not opened', 'explained by', 'entries'], ...rows]);
}

/** The sums of a campaign. */
export function summary(reports: readonly SeedReport[]): string {
  const sum = (of: (report: SeedReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const failed = reports.filter(({ violations }) => violations.length > 0);
  const rests = reports.flatMap(({ convergedMs }) => (convergedMs === undefined ? [] : [convergedMs]));
  return [
    `${reports.length} seeds, ${failed.length} failed${failed.length === 0 ? '' : `: ${failed.map(({ seed }) => seed).join(', ')}`}`,
    [...new Set(reports.map(({ kind }) => kind))]
      .map((kind) => `${reports.filter((report) => report.kind === kind).length} of kind ${kind}`)
      .join(', '),
    `${sum(({ positions }) => positions)} positions asked for, ${sum(({ opened }) => opened)} opened, ${sum(({ closed }) => closed)} closed`,
    `${sum(({ orders }) => orders)} orders, ${sum(({ fills }) => fills)} fills, ${sum(({ faults }) => faults.filter(({ result }) => result === 'done').length)} faults`,
    `longest way to rest after healing: ${(Math.max(0, ...rests) / 1000).toFixed(1)} s`,
    `closes that had to be asked for again: ${sum(({ askedAgain }) => askedAgain.length)}`,
    `workers that ended by themselves: ${sum(({ crashes }) => crashes.length)}`,
  ].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
