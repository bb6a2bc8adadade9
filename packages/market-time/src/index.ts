/** The calendar, sessions and time zones of the US options market. */
export * from './calendar.js';
export * from './eastern.js';
export * from './session.js';
export * from './zones.js';
