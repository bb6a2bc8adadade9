/** Imports go one way (docs/architecture); test/imports.test.ts holds the finer rules. Its parser
 * takes `import type` for an ordinary edge, so a cycle of types is only a warning here; the test refuses cycles of values. */
const only = (from, allowed, severity = 'error') => ({
  name: `${from}-imports`,
  severity,
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [`^src/${from}/`, ...allowed.map((one) => `^src/${one}`)] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'warn',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('domain', []),
    only('contract', ['domain/']),
    only('workflows', ['domain/', 'contract/']),
    only('config', ['domain/']),
    only('outbound', []),
    only('broker', ['domain/', 'outbound/']),
    only('store', ['domain/', 'outbound/']),
    only('gateway', ['domain/time/']),
    only('paper-check', ['domain/', 'config/', 'broker/', 'gateway/protocol/', 'gateway/wire/']),
    only('activities', ['domain/', 'contract/', 'broker/api\\.ts$', 'store/api\\.ts$', 'config/schema\\.ts$']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
  },
};
