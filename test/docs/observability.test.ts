import { expect, it } from '@jest/globals';
import { METERS, type Meter } from '../../src/domain/meters.js';
import { read, tableRows } from './support.js';

it('docs/observability.md has every meter with its kind, labels, buckets and meaning', () => {
  const documented = tableRows(read('docs/observability.md')).filter(([name]) => name?.startsWith('`legwork_'));
  const real = Object.entries<Meter>(METERS).map(([name, { kind, labels, bounds = [], about }]) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(', '),
    bounds.join(', '),
    about,
  ]);
  expect(documented).toEqual(real);
});
