/** The builder's settings for one entry: the configuration with the request's own values over it. */
import { InvalidInput } from '../../domain/errors.js';
import { type StrategySettings, strategySettingsSchema } from '../../domain/strategy/settings.js';

/** `set` holds dotted names of the strategy section, such as `dte` or `ironCondor.shortDelta`; throws InvalidInput. */
export function settingsWith(base: StrategySettings, set: Readonly<Record<string, string>>): StrategySettings {
  const merged: Record<string, unknown> = structuredClone(base);
  for (const [name, text] of Object.entries(set)) assign(merged, name, text);
  const result = strategySettingsSchema.safeParse(merged);
  if (result.success) return withinWindow(result.data, set);
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? 'set';
  throw new InvalidInput(`set ${field}`, set[field] ?? null, issue?.message ?? 'a valid value');
}

/** The builder would silently take the nearest expiration inside the window instead of a target outside it. */
function withinWindow(settings: StrategySettings, set: Readonly<Record<string, string>>): StrategySettings {
  const { dte, dteMin, dteMax } = settings;
  if (dteMin <= dte && dte <= dteMax) return settings;
  const field = ['dte', 'dteMin', 'dteMax'].find((name) => set[name] !== undefined) ?? 'dte';
  const allowed = `dte (${dte}) from dteMin (${dteMin}) to dteMax (${dteMax}): set all three together`;
  throw new InvalidInput(`set ${field}`, set[field] ?? dte, allowed);
}

function assign(target: Record<string, unknown>, name: string, text: string): void {
  const path = name.split('.');
  const last = path.pop() ?? '';
  let level: Record<string, unknown> = target;
  for (const part of path) {
    const next = Object.hasOwn(level, part) ? level[part] : undefined;
    if (typeof next !== 'object' || next === null) throw unknownName(name, target);
    level = next as Record<string, unknown>;
  }
  if (!Object.hasOwn(level, last) || typeof level[last] === 'object') throw unknownName(name, target);
  level[last] = parsed(text);
}

function parsed(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function unknownName(name: string, settings: Record<string, unknown>): InvalidInput {
  const names = Object.entries(settings).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key],
  );
  return new InvalidInput('set', name, `one of ${names.join(', ')}`);
}
