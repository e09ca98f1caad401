export { type Cancellations, createCancellations } from './cancellations.ts';
export { createMcpProtocol } from './protocol.ts';
