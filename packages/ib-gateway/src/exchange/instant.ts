/** The order of events at one instant: orders become known, cancels are confirmed, orders expire, then the rest match. */
export const INSTANT = {
  acknowledge: '0 acknowledge',
  cancel: '1 cancel',
  expire: '2 expire',
  look: '3 look',
  oca: '4 oca',
} as const;
