export { createLlmProtocol } from './protocol.ts';
