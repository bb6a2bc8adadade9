/** What a Temporal server answers when it does not want us, in a sentence for people. Waiting does not help there. */

const API_KEY = 'check the API key (TEMPORAL_API_KEY, its file or the profile)';
/** Texts of errors, in the words of the client's and the worker's library, with what to check. */
const REFUSED = [
  [/valid authentication credentials|UNAUTHENTICATED/i, `it does not accept the credentials; ${API_KEY}`],
  [/does not have permission|PERMISSION_?DENIED/i, `the credentials have no permission; ${API_KEY}`],
  [/InvalidContentType/, 'it speaks no TLS; check TEMPORAL_TLS'],
  [
    /InvalidCertificate|AlertReceived|CertificateRequired/,
    'TLS failed; check the certificates of TEMPORAL_TLS_* or of the profile',
  ],
] as const;

/** Undefined for every other failure. */
export function temporalRefusal(error: unknown): string | undefined {
  const text = wordsOf(error);
  return REFUSED.find(([words]) => words.test(text))?.[1];
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${wordsOf(error.cause)}` : '';
}
