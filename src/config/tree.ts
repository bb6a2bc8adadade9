/** Walks the settings schema and plain values: paths, unwrapping, merging. Paths are dotted. */
import type { z } from 'zod';

export type Tree = Readonly<Record<string, unknown>>;

/** Whether a value is a plain object with keys of its own (arrays and null are not). */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
}

/** The schema below default, prefault, optional and the like. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const definition = schema._zod.def as Definition;
  const inner = definition.innerType ?? (definition.type === 'pipe' ? definition.in : undefined);
  return inner === undefined ? schema : unwrap(inner);
}

/** Keys and schemas of an object schema, in their written order; undefined for anything else. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const definition = unwrap(schema)._zod.def as Definition & { readonly shape?: Record<string, z.core.$ZodType> };
  return definition.type === 'object' ? definition.shape : undefined;
}

/** The description given anywhere along the wrappers, outermost first. */
export function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const described = (schema as z.ZodType).description;
  if (described !== undefined) return described;
  const inner = (schema._zod.def as Definition).innerType;
  return inner === undefined ? undefined : descriptionOf(inner);
}

/** Objects merged key by key; `over` wins. Every other value is replaced as a whole. */
export function merge(base: Tree, over: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

/** The value at a path, or undefined. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** A tree with one value at a path. */
export function treeOf(path: readonly string[], value: unknown): Tree {
  const [head, ...rest] = path;
  if (head === undefined) return {};
  return { [head]: rest.length === 0 ? value : treeOf(rest, value) };
}

/** Paths of all leaves; an array and an empty object are leaves. */
export function leafPaths(tree: Tree, prefix: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...prefix, key];
    return isTree(value) && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];
  });
}
