export { type ConnectedStatePort, connectStatePort } from './client.ts';
export { serveStatePort, type StatePortServer } from './server.ts';
