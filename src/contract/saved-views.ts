/** Lists of positions in the Temporal Web UI: a filter each, and the link that opens it. */
import type { PositionStage } from './requests.js';
import { ATTENTION, STAGE } from './search-attributes.js';

export interface SavedView {
  readonly name: string;
  /** A list filter of Temporal, as the box in the Web UI and `temporal workflow list --query` take it. */
  readonly query: string;
}

const RUNNING = "WorkflowType = 'positionWorkflow' AND ExecutionStatus = 'Running'";
const inStage = (stage: PositionStage) => `${RUNNING} AND ${STAGE.name} = '${stage}'`;

export const SAVED_VIEWS: readonly SavedView[] = [
  { name: 'open positions', query: RUNNING },
  { name: 'need a person', query: `${RUNNING} AND ${ATTENTION.name} = true` },
  { name: 'exits at work', query: inStage('EXITING') },
  { name: 'closed positions', query: "WorkflowType = 'positionWorkflow' AND ExecutionStatus = 'Completed'" },
];

/** Address of the view in the Web UI at `uiUrl`. */
export function viewUrl(uiUrl: string, namespace: string, { query }: SavedView): string {
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${encodeURIComponent(query)}`;
}
