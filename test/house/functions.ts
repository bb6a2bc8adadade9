/** Lengths of the functions, in lines with their signatures. */
import { parseSync } from '@swc/core';
import type { Sources } from './modules.js';

const FUNCTIONS: ReadonlySet<unknown> = new Set([
  ...['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'],
  ...['ClassMethod', 'PrivateMethod', 'Constructor', 'MethodProperty', 'GetterProperty', 'SetterProperty'],
]);

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
const nameOf = (value: unknown): string | undefined =>
  isTree(value) && typeof value.value === 'string' ? value.value : undefined;

/** Functions of more than `most` lines, as `path name`; one without a name has that of its variable. */
export function longFunctions(sources: Sources, most: number): readonly string[] {
  return Object.entries(sources).flatMap(([path, text]) => {
    const bytes = Buffer.from(text);
    // Positions go on from one source to the next; a statement in front shows where this one begins.
    const module = parseSync(`;${text}`, { syntax: 'typescript' });
    const begin = module.span.start + 1;
    const linesOf = ({ start, end }: { start: number; end: number }) =>
      bytes
        .subarray(start - begin, end - begin)
        .toString()
        .split('\n').length;
    const found: string[] = [];
    const visit = (node: unknown, name: string) => {
      if (Array.isArray(node)) return node.forEach((one) => void visit(one, name));
      if (!isTree(node)) return;
      const own = nameOf(node.identifier) ?? nameOf(node.key) ?? nameOf(node.id) ?? name;
      if (FUNCTIONS.has(node.type) && linesOf(node.span as { start: number; end: number }) > most)
        found.push(`${path} ${own}`);
      for (const child of Object.values(node)) visit(child, own);
    };
    visit(module.body, '');
    return [...new Set(found)];
  });
}
