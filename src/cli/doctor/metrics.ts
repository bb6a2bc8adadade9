/** Whether the metrics of a worker are where the settings say. */
import type { Endpoints } from '../../client/endpoints.js';
import { metricsEndpoint } from '../../config/metrics-url.js';
import { httpRequest } from '../../outbound/http.js';
import { attempt, type Finding, ok, warn } from './finding.js';

const ANSWER_MS = 3_000;

export async function examineMetrics({ loaded }: Pick<Endpoints, 'loaded'>): Promise<readonly Finding[]> {
  const endpoint = metricsEndpoint(loaded.settings.observability);
  if (endpoint === undefined) return [];
  const { url } = endpoint;
  const asked = await attempt(() => httpRequest(url, { deadlineMs: ANSWER_MS }));
  if (!('error' in asked) && asked.value.ok && asked.value.text.includes('temporal_')) return [ok('metrics', url)];
  const why = 'error' in asked ? 'nothing answers' : 'something else answers';
  return [
    warn(
      'metrics',
      `${url}: ${why}`,
      'Start a worker on this machine; if one runs, its log says why it shows no metrics.',
    ),
  ];
}
