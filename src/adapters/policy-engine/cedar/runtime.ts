import { createRequire } from 'node:module';
import type * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { CedarFault } from './fault.ts';
import { keepWasmCallsApart } from './wasm-flag.ts';

keepWasmCallsApart();

export type CedarModule = typeof cedarWasm;

export interface CedarRuntime {
  /** Counts instances: what was preparsed belongs to one instance only. */
  readonly generation: number;
  run<Answer>(step: (cedar: CedarModule) => Answer): Answer;
}

const requireModule = createRequire(import.meta.url);
const modulePath = requireModule.resolve('@cedar-policy/cedar-wasm/nodejs');

function freshInstance(): CedarModule {
  // The package keeps its instance in module scope, so a second instance needs a second module.
  delete requireModule.cache[modulePath];
  return requireModule('@cedar-policy/cedar-wasm/nodejs') as CedarModule;
}

/**
 * A trap leaves the stack pointer of an instance where it was, and from then on every call of it
 * traps too. Text that nests too deep is enough. INVARIANT: an instance that trapped is never
 * asked again; a new one takes its place, and what was preparsed in the old one is gone with it.
 */
function leavesItBroken(fault: unknown): boolean {
  return fault instanceof Error && (fault.name === 'RuntimeError' || fault.name === 'RangeError');
}

export function createCedarRuntime(): CedarRuntime {
  let cedar = freshInstance();
  let generation = 0;
  return {
    get generation() {
      return generation;
    },
    run(step) {
      try {
        return step(cedar);
      } catch (fault) {
        if (leavesItBroken(fault)) {
          cedar = freshInstance();
          generation += 1;
          throw new CedarFault('the engine trapped and was replaced', { cause: fault });
        }
        throw new CedarFault('the engine failed', { cause: fault });
      }
    },
  };
}
