/**
 * Patch ids of workflow changes that alter recorded histories, oldest first. Empty until the first release: before that
 * histories are recorded again. A run is one session, so a patch can go one release after it came.
 */
export const PATCHES = [] as const;
