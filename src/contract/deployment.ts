/** The worker deployment of Temporal to which every build of the workflow code belongs as a version. */
export const DEPLOYMENT = 'legwork';
