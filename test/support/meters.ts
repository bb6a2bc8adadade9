/** Meters that nobody reads. */
import { noopMetricMeter } from '@temporalio/common';
import { Meters } from '../../src/activities/context/meters.js';

export const NO_METERS = new Meters(noopMetricMeter, () => undefined);
