export { createMcpProtocol, type McpParts } from './protocol.ts';
