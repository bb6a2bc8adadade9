/** The workflow code for the worker: the bundle that the build made, else bundled from the sources. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { version } from '../config/version.js';

/** Without traces nothing of them is in the bundle. */
export type BundleKind = 'plain' | 'traced';

/** Where the build leaves a bundle. */
export function prebuilt(kind: BundleKind): string {
  return fileURLToPath(new URL(`../workflow-bundle${kind === 'plain' ? '' : '-traced'}.js`, import.meta.url));
}

/**
 * `dist` holds prebuilt bundles. Run from sources (tests), the workflows are bundled on the spot, in some two seconds.
 */
export async function workflowBundle(kind: BundleKind = 'plain'): Promise<WorkflowBundleOption> {
  const codePath = prebuilt(kind);
  return existsSync(codePath) ? { codePath } : await bundleWorkflows(kind);
}

/** Names the workflow code for people and for Temporal: one that exports traces takes the same way, and is the same build. */
export function buildIdOf(bundle: WorkflowBundleOption): string {
  const plain = prebuilt('plain');
  const path = existsSync(plain) ? plain : 'codePath' in bundle ? bundle.codePath : undefined;
  const code = 'code' in bundle && path === undefined ? bundle.code : readFileSync(path ?? '', 'utf8');
  return `${version()}-${createHash('sha256').update(code).digest('hex').slice(0, 12)}`;
}

/** The build that a worker of this package would be. */
export async function installedBuild(): Promise<string> {
  return buildIdOf(await workflowBundle());
}

/** Bundles the workflow files that lie beside this one; fails when one of them imports what the sandbox forbids. */
export async function bundleWorkflows(kind: BundleKind = 'plain'): Promise<{ readonly code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const pathOf = (name: string) => fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));
  return await bundleWorkflowCode({
    workflowsPath: pathOf('index'),
    workflowInterceptorModules: [pathOf('readable-signals'), ...(kind === 'traced' ? [pathOf('traced')] : [])],
  });
}
