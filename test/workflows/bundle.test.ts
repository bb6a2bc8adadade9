/** The workflow bundle builds from the sources; an import that the sandbox forbids stops it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundleWorkflowCode } from '@temporalio/worker';
import { bundleWorkflows } from '../../src/worker/bundle.js';
import * as workflows from '../../src/workflows/index.js';

const NAMES = [
  'cancelOrderWorkflow',
  'closeAllWorkflow',
  'dryRunWorkflow',
  'entryWorkflow',
  'exerciseWorkflow',
  'exitWorkflow',
  'monitorWorkflow',
  'positionWorkflow',
  'reconcileWorkflow',
  'settleWorkflow',
  'signalWorkflow',
];

test('the workflows are these, and the bundle holds each', async () => {
  expect(Object.keys(workflows).sort()).toEqual(NAMES);
  const { code } = await bundleWorkflows();
  for (const name of NAMES) expect(code).toContain(name);
});

test('a workflow that imports node:fs does not bundle', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-bundle-'));
  try {
    const workflowsPath = join(folder, 'bad.ts');
    writeFileSync(
      workflowsPath,
      "import { readFileSync } from 'node:fs';\nexport async function bad() { return readFileSync('x'); }\n",
    );
    await expect(bundleWorkflowCode({ workflowsPath })).rejects.toThrow();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
