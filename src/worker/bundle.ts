/** The workflow code for the worker: the bundle that the build made, else bundled from the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const PREBUILT = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/**
 * `dist` holds a prebuilt bundle. Run from sources (tests), the workflows are bundled on the spot, in some two seconds.
 */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  if (existsSync(PREBUILT)) return { codePath: PREBUILT };
  return await bundleWorkflows();
}

/** Bundles the workflow files that lie beside this one; fails when one of them imports what the sandbox forbids. */
export async function bundleWorkflows(): Promise<{ readonly code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workflowsPath = fileURLToPath(new URL(`../workflows/index.${extension}`, import.meta.url));
  return await bundleWorkflowCode({ workflowsPath });
}

export const PREBUILT_PATH = PREBUILT;
