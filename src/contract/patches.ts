/**
 * Patch ids of workflow changes that alter recorded histories, oldest first. A run is one session, so a patch can be removed one
 * release after it came.
 */

/** An exit request that comes before anything has opened is answered when the opening has ended. */
export const ANSWER_NEVER_OPENED = 'answer-never-opened';
/** A close that comes while the successor of a roll opens closes that one too. */
export const CLOSE_SUCCESSOR = 'close-successor';
/** What people send is acted on or answered with attention; the release before dropped what it could not read, in silence. */
export const ANSWER_MESSAGES = 'answer-messages';
/** Many positions are closed in batches, each by a run of its own. */
export const CLOSE_ALL_BATCHES = 'close-all-batches';
/** A close-all that was reset asks again where its exit still runs, instead of calling that a failure. */
export const CLOSE_ALL_AGAIN = 'close-all-again';
/** A position that is revived after its fill answers the entry, or the rolled position, that waits for its opening. */
export const ANSWER_REVIVED = 'answer-revived';
/** What fails or waits for weeks continues as new. */
export const RENEW_FAILING = 'renew-failing';
