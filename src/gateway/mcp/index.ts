export { createListeners, type Listeners } from './listeners.ts';
export { createMcpProtocol, type McpParts } from './protocol.ts';
export { createSessions, type Sessions } from './sessions.ts';
