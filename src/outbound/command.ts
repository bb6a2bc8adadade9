/** Runs a command of this machine with a deadline. */
import { type ExecFileOptions, execFile, spawn } from 'node:child_process';
import { within } from './deadline.js';

/** Runs it to its end and gives its standard output; rejects when it fails, or is killed after `timeout` wall ms. */
export function runCommand(
  path: string,
  args: readonly string[],
  options: ExecFileOptions & { readonly timeout: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, [...args], { ...options, killSignal: 'SIGKILL', encoding: 'utf8' }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}

/**
 * Runs it to its end in a process group of its own, so that what it started ends with it. Rejects with what it wrote to standard error when it
 * fails, with DeadlineExceeded after `timeout` wall ms, and with the reason of `stop`. Its standard input closes when this process ends.
 */
export async function runGroup(
  path: string,
  args: readonly string[],
  options: { readonly timeout: number; readonly env: NodeJS.ProcessEnv; readonly stop?: AbortSignal | undefined },
): Promise<void> {
  const { timeout, env, stop } = options;
  const run = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const child = spawn(path, [...args], { env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
      let words = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        words = (words + text).slice(-10_000);
      });
      const endGroup = () => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        } catch {
          // All of it has ended.
        }
      };
      signal.addEventListener('abort', endGroup);
      child.once('error', reject);
      child.once('exit', endGroup);
      child.once('close', (code, how) => {
        if (code === 0) resolve();
        else reject(new Error(words.trim() || `it ended with ${code ?? how}`));
      });
    });
  await within(timeout, run, stop);
}
