/** legwork.yaml as shipped: every setting with its description and its default, so that loading it changes nothing. */
import type { z } from 'zod';
import { settingsSchema } from './schema.js';
import { descriptionOf, isTree, shapeOf, type Tree } from './tree.js';

const WIDTH = 118;

const HEADER = `# Legwork's configuration. Every value below is the default: change what you need, delete what you do not.
# The environment overrides this file: DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, IB_HOST, IB_PORT,
# IB_CLIENT_ID, IB_ACCOUNTS. \`legwork config show\` shows where each value in force comes from.
`;

/** The text of the shipped legwork.yaml; a test compares it with the file in the repository. */
export function renderDefaultYaml(): string {
  return `${HEADER}${section(settingsSchema, settingsSchema.parse({}) as unknown as Tree, 0).join('\n')}\n`;
}

function section(schema: z.core.$ZodType, values: Tree, depth: number): string[] {
  const lines: string[] = [];
  for (const [key, inner] of Object.entries(shapeOf(schema) ?? {})) {
    if (depth === 0) lines.push('');
    lines.push(...comment(descriptionOf(inner), depth), ...entry(key, inner, values[key], depth));
  }
  return lines;
}

function entry(key: string, schema: z.core.$ZodType, value: unknown, depth: number): string[] {
  const pad = '  '.repeat(depth);
  if (value === undefined) return [`${pad}# ${key}:`];
  if (shapeOf(schema) === undefined) return plain(key, value, depth);
  const inner = section(schema, isTree(value) ? value : {}, depth + 1);
  return [`${pad}${key}:`, ...inner];
}

/** Lists and scalars on one line; maps and lists of maps as nested lines. */
function plain(key: string, value: unknown, depth: number): string[] {
  const pad = '  '.repeat(depth);
  if (isTree(value) && Object.keys(value).length > 0) {
    return [`${pad}${key}:`, ...Object.entries(value).flatMap(([name, item]) => plain(quoted(name), item, depth + 1))];
  }
  return [`${pad}${key}: ${flow(value)}`];
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isTree(value)) {
    const items = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${flow(item)}`);
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** Plain words stay bare; anything that YAML might read differently is quoted. */
function quoted(text: string): string {
  const bare = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return bare ? text : `'${text.replaceAll("'", "''")}'`;
}

function comment(text: string | undefined, depth: number): string[] {
  if (text === undefined) return [];
  const pad = '  '.repeat(depth);
  const lines: string[] = [];
  let line = `${pad}#`;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = `${pad}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
