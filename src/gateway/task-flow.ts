import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Configuration } from '#contracts/plane-part.ts';
import { contentOf } from '#kernel/call.ts';
import type { FlowFacts } from '#kernel/decision.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { OldValue } from '#kernel/grant.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isConfidential, type Labels, noLabels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import { targetLabel } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import type { FlowMemory, UserWords } from '#planes/flow/index.ts';
import { acts } from '#planes/flow/index.ts';
import { oldValues } from './old-values.ts';
import type { Lent, Resolved } from './progress.ts';
import type { GatewayState } from './state.ts';
import type { KnownOfTask } from './relearning.ts';
import type { TaskPast } from './task-past.ts';
import { keyOf, remember, type TaskWords, workOf } from './task-words.ts';
import type { ValueYeses } from './value-yeses.ts';

/** Where values come from, as the path asks for it: before a call is decided, and before a result is told. */
export interface TaskFlow {
  /** Undefined: the document of what it is about says nothing of flow. */
  judge(walk: Resolved, labels: Labels): FlowFacts | undefined | Promise<FlowFacts | undefined>;
  /** INVARIANT: before a word of it is told; without a result something was told that could not be looked into. */
  learn(walk: Lent, result: JsonObject | undefined): void;
  /** Whether all that strangers wrote in the task is known here, or can be read again. */
  knowsStrangers(walk: Resolved, labels: Labels): Promise<boolean>;
  /** What the task was last told of the thing that the call would change; empty where that is not remembered here. */
  stood(walk: Resolved): readonly OldValue[];
  /** The task is over: what is remembered of it goes. */
  end(tenant: string, task: string): void;
}

export interface TaskFlowParts {
  readonly memory: FlowMemory;
  readonly words: Pick<TaskWords, 'of'>;
  readonly state: Pick<GatewayState, 'sole' | 'era'>;
  readonly yeses: ValueYeses;
  readonly past: TaskPast;
  readonly clock: Pick<Clock, 'now'>;
}

const untrusted = 'integrity:untrusted';
/** Of a target whose document says nothing of where its values may come from. */
export const nothingDeclared: FlowFacts = {
  verdict: 'auto',
  intent: false,
  kinds: [],
  whys: [],
  origins: [],
  reasons: [],
};

/** By configuration, which never changes: whether any tool of the tenant declares flow. */
export function createDeclares() {
  const known = new WeakMap<Configuration, Map<string, boolean>>();
  return (configuration: Configuration, tenant: string): boolean => {
    const of = known.get(configuration) ?? new Map<string, boolean>();
    known.set(configuration, of);
    const before = of.get(tenant);
    if (before !== undefined) return before;
    const servers = configuration.snapshot.tenants[tenant]?.servers ?? {};
    const found = Object.values(servers).some(({ tools }) =>
      Object.values(tools).some(({ flow }) => flow !== undefined),
    );
    of.set(tenant, found);
    return found;
  };
}

type CleanTasks = ReturnType<typeof createCleanTasks>;

interface Judging extends Omit<TaskFlowParts, 'state'> {
  readonly clean: CleanTasks;
  /** Work of which all was told here since nothing of strangers was in it, handed on or not. */
  readonly here: ReturnType<typeof createSeenHere>;
  /** Those of which this gateway has seen all that may not be told everywhere. */
  readonly open: CleanTasks;
  readonly declares: ReturnType<typeof createDeclares>;
}

export function createTaskFlow({ state, ...parts }: TaskFlowParts): TaskFlow {
  const known: Judging = {
    ...parts,
    clean: createCleanTasks(state, isOwn),
    here: createSeenHere(state, parts.memory),
    open: createCleanTasks(state, isOwn),
    declares: createDeclares(),
  };
  return {
    judge: (walk, labels) => judged(known, walk, labels),
    learn: (walk, result) => learnt(known, walk, result),
    knowsStrangers: (walk, labels) => strangersKnown(known, walk, labels),
    stood: ({ principal, subject, call }) =>
      oldValues(
        () => parts.memory.lately(workOf(principal)),
        subject.subjectClass.flow?.objects?.writes ?? [],
        contentOf(call.action)?.arguments ?? emptyObject(),
      ),
    end(tenant, task) {
      // INVARIANT: whoever goes on with what came out of it knows nothing whole any more.
      for (const seen of [known.clean, known.here, known.open]) seen.end(keyOf({ tenant, task }));
      known.past.forget({ tenant, task });
      known.memory.end(keyOf({ tenant, task }));
    },
  };
}

/** What is known of a task before this call, and whether any of its tools declares flow. */
function noted(
  { clean, here, open, declares, memory }: Judging,
  { principal, configuration }: Resolved,
  labels: Labels,
): boolean {
  const [isTainted, isGuarded] = [labels.includes(untrusted), labels.some(isConfidential)];
  const isDeclared = declares(configuration, principal.tenant);
  if (!isTainted && isDeclared) memory.begin(workOf(principal));
  if (!isTainted) {
    clean.note(principal);
    here.note(principal);
  }
  if (!isGuarded) open.note(principal);
  return isDeclared;
}

function judged(
  known: Judging,
  walk: Resolved,
  labels: Labels,
): FlowFacts | undefined | Promise<FlowFacts | undefined> {
  const { memory, words, here } = known;
  const { principal, subject } = walk;
  const isDeclared = noted(known, walk, labels);
  const isTainted = labels.includes(untrusted);
  const isRead = !acts(subject.subjectClass);
  const mayLeak = isDeclared && !isRead && labels.some(isConfidential);
  if (subject.subjectClass.flow === undefined && !mayLeak) return undefined;
  const answer = (spoken: UserWords | undefined, found: Found = 'here') => {
    const facts = valuesOf(known, walk, { spoken, isTainted, found });
    if (!mayLeak) return facts;
    return facts instanceof Promise
      ? facts.then((one) => withLeaks(known, walk, { facts: one, labels, spoken }))
      : withLeaks(known, walk, { facts, labels, spoken });
  };
  // Words are asked for only where they can make a difference.
  const heard = isTainted || mayLeak ? words.of(principal) : undefined;
  if (!isTainted || isRead) {
    return heard instanceof Promise ? heard.then((spoken) => answer(spoken)) : answer(heard);
  }
  const work = workOf(principal);
  const isHere = here.has(principal);
  if (isHere && !(heard instanceof Promise) && memory.settle(work)) return answer(heard);
  return broughtUp(known, walk, heard, isHere).then(([spoken, found]) => answer(spoken, found));
}

/** `here`: all of it was told by this gateway, and is remembered. */
type Found = KnownOfTask | 'here';

async function strangersKnown(
  { here, memory, past, declares }: Judging,
  { principal, configuration }: Resolved,
  labels: Labels,
): Promise<boolean> {
  // Where no tool declares flow, nothing is judged by words.
  if (!labels.includes(untrusted) || !declares(configuration, principal.tenant)) return true;
  if (here.has(principal) && memory.ageOf(workOf(principal)) !== undefined) return true;
  return (await broughtBy(past, principal, configuration)) !== 'part';
}

/** INVARIANT: of words that nobody has nothing is granted, so nothing is read for them. */
async function broughtUp(
  { memory, past }: Judging,
  { principal, configuration }: Resolved,
  heard: UserWords | undefined | Promise<UserWords | undefined>,
  isHere: boolean,
): Promise<readonly [UserWords | undefined, Found]> {
  const spoken = await heard;
  if (spoken === undefined) return [undefined, isHere ? 'here' : 'part'];
  const found = isHere ? 'here' : await broughtBy(past, principal, configuration);
  if (!memory.settle(workOf(principal))) await settled(memory, workOf(principal));
  return [spoken, found];
}

/** INVARIANT: of work that was handed on the records of one task are a part. */
async function broughtBy(
  past: TaskPast,
  principal: Principal,
  configuration: Configuration,
): Promise<KnownOfTask> {
  if (workOf(principal) !== keyOf(principal)) return 'part';
  return past.bring(principal, configuration);
}

interface Asked {
  readonly spoken: UserWords | undefined;
  readonly isTainted: boolean;
  readonly found: Found;
}

/** Where its values come from; undefined where its document says nothing of it. */
function valuesOf(
  { memory, yeses, clean }: Judging,
  walk: Resolved,
  { spoken, isTainted, found }: Asked,
): FlowFacts | undefined | Promise<FlowFacts | undefined> {
  const { principal, subject, call, argumentsDigest } = walk;
  const { flow, effect, reversible } = subject.subjectClass;
  if (flow === undefined) return undefined;
  const facts = memory.judge(workOf(principal), {
    target: targetLabel(subject.target),
    flow,
    effect,
    reversible,
    arguments: contentOf(call.action)?.arguments ?? emptyObject(),
    argumentsDigest,
    words: spoken,
    untrusted: isTainted,
    seenAll: found === 'here' ? clean.has(principal) : found === 'all' && isOwn(principal),
    missing: found === 'part',
  });
  return yeses.answered(walk, facts);
}

interface Telling {
  readonly facts: FlowFacts | undefined;
  readonly labels: Labels;
  readonly spoken: UserWords | undefined;
}

/** And what it would tell that may not be told by it. */
function withLeaks(
  { memory, open }: Judging,
  { principal, subject, call }: Resolved,
  { facts, labels, spoken }: Telling,
): FlowFacts | undefined {
  const { flow, effect, sensitivity } = subject.subjectClass;
  const leaks = memory.leaks(workOf(principal), {
    target: targetLabel(subject.target),
    flow,
    effect,
    sensitivity,
    arguments: contentOf(call.action)?.arguments ?? emptyObject(),
    labels,
    seenAll: open.has(principal),
    words: spoken?.wanted.text,
  });
  return leaks.length === 0 ? facts : { ...(facts ?? nothingDeclared), leaks };
}

function learnt(
  { memory, past, clean, here, open, declares, clock }: Judging,
  { principal, subject, call, argumentsDigest, configuration }: Lent,
  result: JsonObject | undefined,
): void {
  const { flow, effect, resultLabels } = subject.subjectClass;
  const isUntrusted = resultLabels.includes(untrusted);
  const isGuarded = resultLabels.some(isConfidential);
  const key = workOf(principal);
  const root = principal.delegation?.root;
  if (root !== undefined) past.cameOutOf(principal, root);
  // Where nobody asks it costs nothing; whoever declares flow later was not there before.
  if (!declares(configuration, principal.tenant)) {
    if (isUntrusted) {
      clean.forget(principal);
      here.forget(principal);
    }
    if (isGuarded) open.forget(principal);
    past.forget(principal);
    return;
  }
  if (result === undefined) {
    if (isGuarded) open.forget(principal);
    if (isUntrusted) memory.missed(key);
    return;
  }
  const at = clock.now();
  memory.learn(key, {
    target: targetLabel(subject.target),
    call: call.id,
    flow,
    untrusted: isUntrusted,
    told: { at, begunAt: at, by: undefined },
    whole: flow === undefined ? resultLabels : (flow.whole ?? noLabels),
    effect,
    arguments: contentOf(call.action)?.arguments ?? emptyObject(),
    argumentsDigest,
    result,
  });
}

/** INVARIANT: a task of which much is to be read keeps the calls of others waiting for a few milliseconds at a time. */
async function settled(memory: FlowMemory, task: string): Promise<void> {
  do await nextTurn();
  while (!memory.settle(task));
}

/** INVARIANT: what others of a user read is not told in work that is delegated. */
function isOwn({ delegation }: Principal): boolean {
  return delegation === undefined;
}

/**
 * Work of which this gateway has seen all that was told, handed on or not: it served alone, from a moment at which nothing of
 * a stranger's had been read, and what it remembers is still what it remembered then.
 */
function createSeenHere(state: TaskFlowParts['state'], memory: FlowMemory) {
  const since = new Map<string, { readonly era: number; readonly age: number | undefined }>();
  return {
    /** INVARIANT: by the work that began alone: labels go up to it, and not down to what came out of it. */
    note(principal: Principal): void {
      const work = workOf(principal);
      if (!state.sole || work !== keyOf(principal)) return;
      remember(since, work, { era: state.era, age: memory.ageOf(work) });
    },
    forget: (principal: Principal) => void since.delete(workOf(principal)),
    end: (work: string) => void since.delete(work),
    has(principal: Principal): boolean {
      const of = since.get(workOf(principal));
      if (!state.sole || of?.era !== state.era || of.age === undefined) return false;
      return of.age === memory.ageOf(workOf(principal));
    },
  };
}

/**
 * Tasks of which this gateway has seen all that strangers wrote: it served alone, from a moment at which nothing
 * of theirs had been read.
 */
function createCleanTasks(
  state: TaskFlowParts['state'],
  counts: (principal: Principal) => boolean,
) {
  const since = new Map<string, number>();
  return {
    note(principal: Principal): void {
      if (!state.sole || !counts(principal)) return;
      remember(since, workOf(principal), state.era);
    },
    forget: (principal: Principal) => void since.delete(workOf(principal)),
    end: (work: string) => void since.delete(work),
    has: (principal: Principal) =>
      state.sole && counts(principal) && since.get(workOf(principal)) === state.era,
  };
}
