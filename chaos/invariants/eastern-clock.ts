/** Minutes since midnight in New York. */
import { DateTime } from 'luxon';

export function easternClock(at: number): number {
  const { hour, minute } = DateTime.fromMillis(at, { zone: 'America/New_York' });
  return hour * 60 + minute;
}
