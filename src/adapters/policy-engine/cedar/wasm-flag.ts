import { setFlagsFromString } from 'node:v8';

/**
 * With inlined calls into wasm, V8 can abort the whole process when it deoptimises (seen with Node 20
 * and 22). The launcher sets this too; whoever starts a thread with the engine, or runs it, sees to it
 * before there is any wasm in the process.
 */
export function keepWasmCallsApart(): void {
  setFlagsFromString('--no-turbo-inline-js-wasm-calls');
}
