/** Optional values: an absent one has no key. */

type Defined<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** A copy without the keys whose value is undefined, or null from the database. */
export function defined<T extends object>(values: T): Defined<T> {
  const copy: Partial<T> = {};
  for (const key of Object.keys(values) as (keyof T)[]) {
    if (values[key] !== undefined && values[key] !== null) copy[key] = values[key];
  }
  return copy as Defined<T>;
}
