/**
 * A guard outlives us by seconds: a small shell that holds one end of a pipe. However this process ends, the pipe closes,
 * and the guard asks the child to stop and kills it after ten seconds. So even kill -9 leaves no orphan.
 */
import { spawn } from 'node:child_process';

export interface Guard {
  /** The child has ended by itself or was stopped: the guard goes without signalling anything. */
  release(): void;
}

/** Guards a process by pid; `signal` is the child's polite stop (SIGINT for Postgres, SIGTERM else). */
export function guardProcess(pid: number, signal: 'INT' | 'TERM'): Guard {
  const script = [
    'read -r word',
    '[ "$word" = done ] && exit 0',
    `kill -${signal} ${pid} 2>/dev/null || exit 0`,
    'i=0',
    `while [ $i -lt 100 ] && kill -0 ${pid} 2>/dev/null; do sleep 0.1; i=$((i+1)); done`,
    `kill -KILL ${pid} 2>/dev/null`,
    'exit 0',
  ].join('\n');
  const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  shell.unref();
  const pipe = shell.stdin;
  pipe.on('error', () => undefined); // The guard may be gone first; then nothing is left to signal.
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  return {
    release: () => {
      pipe.end('done\n');
    },
  };
}
