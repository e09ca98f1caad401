export type { McpParts } from './front.ts';
export { createMcpProtocol } from './protocol.ts';
