/**
 * The record of a running stack for other commands, in its folder. Only its owner can read it, since it opens the database.
 */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackParts } from './stack.js';

/** Writes `stack.json` in one step, so that no reader finds half of it. */
export function writeStackRecord(dir: string, parts: StackParts, accountAlias: string): void {
  const { temporal, databaseUrl, gateway } = parts;
  const file = join(dir, 'stack.json');
  const half = `${file}.${process.pid}`;
  const record = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    temporal,
    database: { url: databaseUrl },
    ...(gateway && { gateway: { host: gateway.host, port: gateway.port, controlPort: gateway.controlPort } }),
    accountAlias,
  };
  writeFileSync(half, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  chmodSync(half, 0o600);
  renameSync(half, file);
}

export function removeStackRecord(dir: string): void {
  rmSync(join(dir, 'stack.json'), { force: true });
}
