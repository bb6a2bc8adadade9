/** Settings under which only some rules run, each with limits that a test can reach. */

const NAMES = [
  'catastropheProtection',
  'singleLegExit',
  'assignmentRisk',
  'trailingStopLoss',
  'vixExit',
  'takeProfit',
  'stopLoss',
  'deltaRisk',
  'ivCrush',
  'ivPercentileExit',
  'dteRoll',
  'gammaRisk',
  'timeExit',
] as const;

type RuleName = (typeof NAMES)[number];

/** The rules section with exactly these rules on; what decides is not confirmed, so that one look is enough. */
export function onlyRules(rules: Partial<Readonly<Record<RuleName, object>>>, confirmed = false): object {
  return {
    ...Object.fromEntries(NAMES.map((name) => [name, { ...rules[name], enabled: rules[name] !== undefined }] as const)),
    confirmation: { enabled: confirmed },
  };
}

/** No rule: a position stays as it is. */
export const noRules = (): object => onlyRules({});
