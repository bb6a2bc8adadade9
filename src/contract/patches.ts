/**
 * Patch ids of workflow changes that alter recorded histories, oldest first. A run is one session, so a patch can be removed one
 * release after it came.
 */

/** An exit request that comes before anything has opened is answered when the opening has ended. */
export const ANSWER_NEVER_OPENED = 'answer-never-opened';
/** A close that comes while the successor of a roll opens closes that one too. */
export const CLOSE_SUCCESSOR = 'close-successor';
