/** One line of a capture: the frames of an API session in both directions, one JSON object per line. */
import { z } from 'zod';

/**
 * `hello`: a connection was made, the tokens are those of the greeting (version, time). `out`: the client sent a message,
 * its number first. `in`: a message came. `end`: the connection ended. `t`: milliseconds since the first line.
 */
const captureLineSchema = z.strictObject({
  t: z.number().min(0),
  connection: z.number().int().min(1),
  dir: z.enum(['hello', 'out', 'in', 'end']),
  tokens: z.array(z.string()),
});

export type CaptureLine = z.infer<typeof captureLineSchema>;

/** Reads a capture. Throws RangeError with the line that cannot be read. */
export function parseCapture(text: string): readonly CaptureLine[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new RangeError('the capture is empty');
  return lines.map((line, index) => {
    const parsed = captureLineSchema.safeParse(jsonOf(line));
    if (!parsed.success) throw new RangeError(`line ${index + 1} of the capture is no frame: ${line.slice(0, 60)}`);
    return parsed.data;
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
