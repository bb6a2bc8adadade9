// The bench of the simulated gateway, which is a package of its own.
await import('../../packages/ib-gateway/scripts/bench.mjs');
