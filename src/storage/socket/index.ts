export { type ConnectedStatePort, type ConnectOptions, connectStatePort } from './client.ts';
export { serveStatePort, type StatePortOptions, type StatePortServer } from './server.ts';
export { type ConnectedFellows, connectFellows, type FellowsOptions } from './fellows.ts';
