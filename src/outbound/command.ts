/** Runs a command of this machine with a deadline and reads its output. */
import { type ExecFileOptions, execFile } from 'node:child_process';

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
