export { createMcpProtocol } from './protocol.ts';
