export { bridgeProcess } from './main.ts';
export { connectFlags, connectOptions, type ConnectOptions } from './options.ts';
export { clientNames, entryName, type Launcher, type Snippet, snippetFor } from './snippets.ts';
