/** The TWS API from a client's side: the message tables, the socket, and the lines of a capture. */
export * from './protocol/client-side.js';
export { decode, encode } from './protocol/codec.js';
export type { Values } from './protocol/field.js';
export { requests, responses } from './protocol/index.js';
export { numberOf, rowsOf, textOf } from './protocol/values.js';
export { type CaptureLine, parseCapture } from './wire/capture-line.js';
export { ClientSocket } from './wire/client-socket.js';
export { FrameReader, frameOf, splitTokens } from './wire/frames.js';
