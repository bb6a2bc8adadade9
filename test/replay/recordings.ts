/**
 * Recorded histories on disk: `histories/<scenario>/<workflow id>.json`, the events with names for enums and base64 for
 * payloads. (The SDK's own JSON conversion fails where npm installs protobufjs more than once, as it does here.)
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
export type History = proto.temporal.api.history.v1.IHistory;

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
  return { scenario, file: basename(file, '.json'), workflowId, history: fromJson(history) };
}

/** Writes one history. */
export function writeRecording(scenario: string, file: string, workflowId: string, history: History): void {
  mkdirSync(join(HISTORIES, scenario), { recursive: true });
  const text = { workflowId, history: toJson(history) };
  writeFileSync(join(HISTORIES, scenario, `${file}.json`), `${JSON.stringify(text)}\n`);
}

export function toJson(history: History): Record<string, unknown> {
  return History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String });
}

export function fromJson(json: unknown): History {
  return History.fromObject(json as Record<string, unknown>);
}
