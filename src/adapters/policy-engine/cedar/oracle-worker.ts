import { parentPort } from 'node:worker_threads';
import { CedarFault } from './fault.ts';
import { linesNow, readJudged } from './judged-text.ts';
import { answerOf, type OracleAsked, type OracleTold } from './oracle.ts';
import { createCedarRuntime } from './runtime.ts';
import { runNow } from './slices.ts';
import { type Bundle, createSlots, questionsOf } from './slots.ts';

/** A thread that asks the reference implementation, so that nothing of it runs on the loop. */
const slots = createSlots(createCedarRuntime());
/** By tenant and source, the last used last; as many as `slots.ts` keeps parsed. */
const bundles = new Map<string, Map<string, Bundle>>();
const keptOfTenant = 2;

/** What the thread took so far that no answer has said: to start, at first. */
let untold = performance.now();

parentPort?.on('message', (asked: OracleAsked) => {
  const begun = performance.now();
  const told = answer(asked);
  const ms = untold + performance.now() - begun;
  untold = 0;
  parentPort?.postMessage({ ...told, id: asked.id, ms }, []);
});

function answer(asked: OracleAsked): OracleTold {
  try {
    const bundle = bundleOf(asked);
    if (bundle === undefined) return { kind: 'missing' };
    return { kind: 'answer', ...answerOf(slots.ask(bundle, asked.question)) };
  } catch (fault) {
    const message = fault instanceof CedarFault ? fault.message : 'the engine failed';
    return { kind: 'failed', message };
  }
}

function bundleOf({ tenant, source, text }: OracleAsked): Bundle | undefined {
  const ofTenant = bundles.get(tenant) ?? new Map<string, Bundle>();
  bundles.set(tenant, ofTenant);
  const bundle =
    ofTenant.get(source) ?? (text === undefined ? undefined : read(text, source, tenant));
  if (bundle === undefined) return undefined;
  ofTenant.delete(source);
  ofTenant.set(source, bundle);
  for (const oldest of ofTenant.keys()) {
    if (ofTenant.size <= keptOfTenant) break;
    ofTenant.delete(oldest);
  }
  return bundle;
}

function read(text: string, source: string, tenant: string): Bundle {
  const found = runNow(readJudged(linesNow(text), source));
  if (found.kind !== 'read') throw new CedarFault('the rules cannot be read again');
  return { tenant, rules: questionsOf(found.set.rules) };
}
