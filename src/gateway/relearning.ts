import type { Configuration } from '#contracts/plane-part.ts';
import type { ToldRecord } from '#contracts/told-records.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { emptyObject, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isConfidential, type Labels, noLabels } from '#kernel/label.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import type { FlowMemory, WhenTold } from '#planes/flow/index.ts';

/**
 * How much of a task is known here. `all`: whatever a stranger wrote in it. `task`: whatever it was told, and it had taken
 * something over before. `part`: something may be missing.
 */
export type KnownOfTask = 'all' | 'task' | 'part';

/** One task, learnt again from its records, in their order. */
export interface Relearning {
  /** INVARIANT: a record that is not understood is one of which something was missed. */
  take(record: ToldRecord, configuration: Configuration): void;
  /** The time of the newest record. */
  readonly readTo: number;
  /** By how the task began; `part` until that was read. */
  readonly began: KnownOfTask;
  /** Calls that act and whose end was not read: nobody knows whether they were made. */
  readonly openActs: number;
}

/** Calls whose end was not read yet; of more the oldest counts as one of which nobody knows what it did. */
const mostOpen = 256;

export function relearning(memory: FlowMemory, key: string): Relearning {
  const asked = new Map<string, ToldRecord>();
  const state = { readTo: 0, began: 'part' as KnownOfTask, sawStranger: false };
  const begin = (record: ToldRecord): void => {
    state.began = record.untrusted ? 'task' : 'all';
  };
  const ask = (record: ToldRecord): void => {
    if (memory.knows(key, record.call)) return;
    asked.set(record.call, record);
    const [oldest] = asked.size > mostOpen ? asked.keys() : [];
    if (oldest === undefined) return;
    asked.delete(oldest);
    memory.lost(key);
  };
  return {
    get readTo() {
      return state.readTo;
    },
    get began() {
      // INVARIANT: what made the task a stranger's stands among its records, or they are not all of it.
      return state.began === 'all' && !state.sawStranger ? 'part' : state.began;
    },
    get openActs() {
      const open = [...asked.values()].filter(({ effect }) => effect !== 'read');
      return open.filter(({ call }) => !memory.knows(key, call)).length;
    },
    take(record, configuration) {
      state.readTo = Math.max(state.readTo, record.at);
      if (record.kind === 'begun') return begin(record);
      if (record.untrusted) state.sawStranger = true;
      if (record.kind === 'asked') return ask(record);
      // What stands in a window is not looked into, as where it was told.
      if (record.kind === 'part') return record.untrusted ? memory.missed(key) : undefined;
      const before = asked.get(record.call);
      asked.delete(record.call);
      if (!memory.knows(key, record.call))
        learnAgain(memory, key, { record, before, configuration });
    },
  };
}

interface Ended {
  readonly record: ToldRecord;
  readonly before: ToldRecord | undefined;
  readonly configuration: Configuration;
}

function learnAgain(memory: FlowMemory, key: string, ended: Ended): void {
  const { record, before, configuration } = ended;
  const { effect = 'read', didNothing, untrusted, carried, target } = record;
  if (wasNothing(record)) return;
  const known = target === undefined ? undefined : parseTarget(target);
  // What no definition is of (a list, a look) does nothing; what it told was not looked into.
  if (target === undefined) return untrusted ? memory.missed(key) : undefined;
  const given = objectIn(before?.text);
  if (known === undefined || given === undefined) return memory.lost(key);
  const result = resultOf(record);
  const flow = flowOf(configuration, known, key);
  memory.learn(key, {
    target: targetLabel(known),
    call: record.call,
    flow,
    untrusted,
    whole: wholeOf(flow, carried),
    effect: didNothing ? 'read' : effect,
    arguments: given,
    argumentsDigest: sha256Hex(before?.text ?? ''),
    result: result ?? emptyObject(),
    told: whenOf(ended),
  });
  if (result === undefined) memory.missed(key);
}

function wholeOf(flow: ToolFlow | undefined, carried: Labels): Labels {
  if (flow === undefined) return carried;
  // What the things carried that it read stands in its record alone.
  return flow.objects === undefined ? (flow.whole ?? noLabels) : carried.filter(isConfidential);
}

function whenOf({ record: { at, writer }, before }: Ended): WhenTold {
  return { at, begunAt: before?.at ?? 0, by: writer };
}

/** It did nothing, and nothing of anybody was told. */
function wasNothing({
  refused,
  text,
  untrusted,
  didNothing,
  effect = 'read',
}: ToldRecord): boolean {
  return refused && text === undefined && !untrusted && (didNothing || effect === 'read');
}

/** Undefined: something was told that nobody can read any more. */
function resultOf({ refused, untrusted, text }: ToldRecord): JsonObject | undefined {
  if (!refused) return objectIn(text);
  if (text !== undefined) return saidAsResult(text);
  return untrusted ? undefined : emptyObject();
}

/** The words of an error, as the free text of a result. */
export function saidAsResult(text: string): JsonObject {
  return { content: [{ type: 'text', text }] };
}

function objectIn(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(Buffer.from(text, 'utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As its document has it now. */
function flowOf(
  { snapshot }: Configuration,
  { kind, owner, name = '' }: NonNullable<ReturnType<typeof parseTarget>>,
  key: string,
): ToolFlow | undefined {
  if (kind !== 'tool') return undefined;
  const tenant = key.slice(0, key.indexOf('\n'));
  const tools = snapshot.tenants[tenant]?.servers[owner]?.tools ?? {};
  return Object.hasOwn(tools, name) ? tools[name]?.flow : undefined;
}
