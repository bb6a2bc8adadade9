/**
 * The file in which `legwork up` leaves its parts' addresses for other commands. The stack writes it, the others read it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const stackFileSchema = z.object({
  pid: z.int().positive(),
  startedAt: z.union([z.string(), z.number()]).optional(),
  temporal: z.object({ address: z.string(), uiUrl: z.string().optional(), namespace: z.string().default('default') }),
  database: z.object({ url: z.string() }),
  gateway: z.object({ host: z.string(), port: z.int(), controlPort: z.int().optional() }).optional(),
  accountAlias: z.string(),
});

export type StackFile = z.infer<typeof stackFileSchema>;

/** Folder of the embedded stack's data: LEGWORK_HOME, else `.legwork` in the working directory. */
export function stackFolder(cwd: string, env: Readonly<Record<string, string | undefined>>): string {
  return env.LEGWORK_HOME?.trim() || join(cwd, '.legwork');
}

/** The running stack of this folder; undefined when there is none, its process is dead, or the file is incomplete. */
export function readStackFile(cwd: string, env: Readonly<Record<string, string | undefined>>): StackFile | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(stackFolder(cwd, env), 'stack.json'), 'utf8'));
  } catch {
    return undefined;
  }
  const parsed = stackFileSchema.safeParse(content);
  return parsed.success && lives(parsed.data.pid) ? parsed.data : undefined;
}

/** Whether a process exists, even if it belongs to another user. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
