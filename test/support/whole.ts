/** True in `npm run test:slow`, where the files of WHOLE in jest.config.mjs run with all their tests; `npm test` runs a slice of them. */
export const isWhole = process.env.LEGWORK_SLOW === '1';
