/** Recorded histories on disk: `histories/<scenario>/<workflow id>.json`, in the proto3 JSON form that every tool reads. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type History, historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';

export const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));

export interface Recording {
  readonly scenario: string;
  readonly file: string;
  readonly workflowId: string;
  readonly history: History;
}

/** Names of the scenarios that have a folder. */
export function recordedScenarios(folder = HISTORIES): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Every recorded history; throws when there is none, since a replay of nothing proves nothing. */
export function readRecordings(folder = HISTORIES): readonly Recording[] {
  const recordings = recordedScenarios(folder).flatMap((scenario) =>
    readdirSync(join(folder, scenario))
      .filter((file) => file.endsWith('.json'))
      .map((file) => readRecording(folder, scenario, file)),
  );
  if (recordings.length === 0) throw new Error(`no history is recorded under ${folder}`);
  return recordings;
}

function readRecording(folder: string, scenario: string, file: string): Recording {
  const json: unknown = JSON.parse(readFileSync(join(folder, scenario, file), 'utf8'));
  const { workflowId, history } = json as { workflowId: string; history: unknown };
  return { scenario, file: basename(file, '.json'), workflowId, history: historyFromJSON(history) };
}

/** Writes one history. */
export function writeRecording(scenario: string, file: string, workflowId: string, history: History): void {
  mkdirSync(join(HISTORIES, scenario), { recursive: true });
  const text = { workflowId, history: JSON.parse(historyToJSON(history)) as unknown };
  writeFileSync(join(HISTORIES, scenario, `${file}.json`), `${JSON.stringify(text, null, 1)}\n`);
}
