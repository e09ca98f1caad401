import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Configuration } from '#contracts/plane-part.ts';
import { contentOf } from '#kernel/call.ts';
import type { FlowFacts } from '#kernel/decision.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isConfidential, type Labels, noLabels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import { targetLabel } from '#kernel/target.ts';
import type { FlowMemory, UserWords } from '#planes/flow/index.ts';
import { acts } from '#planes/flow/index.ts';
import type { Lent, Resolved } from './progress.ts';
import type { GatewayState } from './state.ts';
import { remember, type TaskWords, workOf } from './task-words.ts';
import type { ValueYeses } from './value-yeses.ts';

/** Where values come from, as the path asks for it: before a call is decided, and before a result is told. */
export interface TaskFlow {
  /** Undefined: the document of what it is about says nothing of flow. */
  judge(walk: Resolved, labels: Labels): FlowFacts | undefined | Promise<FlowFacts | undefined>;
  /** INVARIANT: before a word of it is told; without a result something was told that could not be looked into. */
  learn(walk: Lent, result: JsonObject | undefined): void;
}

export interface TaskFlowParts {
  readonly memory: FlowMemory;
  readonly words: Pick<TaskWords, 'of'>;
  readonly state: Pick<GatewayState, 'sole' | 'era'>;
  readonly yeses: ValueYeses;
}

const untrusted = 'integrity:untrusted';
/** Of a target whose document says nothing of where its values may come from. */
const nothingDeclared: FlowFacts = {
  verdict: 'auto',
  intent: false,
  kinds: [],
  whys: [],
  origins: [],
  reasons: [],
};

/** By configuration, which never changes: whether any tool of the tenant declares flow. */
function createDeclares() {
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

export function createTaskFlow({ memory, yeses, words, ...parts }: TaskFlowParts): TaskFlow {
  const clean = createCleanTasks(parts.state);
  // Those of which this gateway has seen all that may not be told everywhere.
  const open = createCleanTasks(parts.state);
  const declares = createDeclares();
  const note = (walk: Resolved, labels: Labels): boolean => {
    const { principal, configuration } = walk;
    const [isTainted, isGuarded] = [labels.includes(untrusted), labels.some(isConfidential)];
    const isDeclared = declares(configuration, principal.tenant);
    if (!isTainted) clean.note(principal);
    if (!isGuarded) open.note(principal);
    if (!isTainted && isDeclared) memory.begin(workOf(principal));
    return isDeclared;
  };
  return {
    judge(walk, labels) {
      const { principal, subject, call, argumentsDigest } = walk;
      const isDeclared = note(walk, labels);
      const isTainted = labels.includes(untrusted);
      const { flow, effect, reversible, sensitivity } = subject.subjectClass;
      const isRead = !acts(subject.subjectClass);
      const mayLeak = isDeclared && !isRead && labels.some(isConfidential);
      if (flow === undefined && !mayLeak) return undefined;
      const given = contentOf(call.action)?.arguments ?? emptyObject();
      const target = targetLabel(subject.target);
      const leaking = (facts: FlowFacts | undefined, spoken: UserWords | undefined) => {
        if (!mayLeak) return facts;
        const leaks = memory.leaks(workOf(principal), {
          target,
          flow,
          effect,
          sensitivity,
          arguments: given,
          labels,
          seenAll: open.has(principal),
          words: spoken?.wanted.text,
        });
        return leaks.length === 0 ? facts : { ...(facts ?? nothingDeclared), leaks };
      };
      const judged = (
        spoken: UserWords | undefined,
      ): FlowFacts | undefined | Promise<FlowFacts | undefined> => {
        if (flow === undefined) return leaking(undefined, spoken);
        const facts = memory.judge(workOf(principal), {
          target,
          flow,
          effect,
          reversible,
          arguments: given,
          argumentsDigest,
          words: spoken,
          untrusted: isTainted,
          seenAll: clean.has(principal),
        });
        const answered = yeses.answered(walk, facts);
        return answered instanceof Promise
          ? answered.then((one) => leaking(one, spoken))
          : leaking(answered, spoken);
      };
      // Words are asked for only where they can make a difference.
      const known = isTainted || mayLeak ? words.of(principal) : undefined;
      if (!isTainted || isRead || known === undefined || memory.settle(workOf(principal))) {
        return known instanceof Promise ? known.then(judged) : judged(known);
      }
      return settled(memory, workOf(principal)).then(async () => judged(await known));
    },
    learn({ principal, subject, call, argumentsDigest, configuration }, result) {
      const { flow, effect, resultLabels } = subject.subjectClass;
      const isUntrusted = resultLabels.includes(untrusted);
      const isGuarded = resultLabels.some(isConfidential);
      const key = workOf(principal);
      // Where nobody asks it costs nothing; whoever declares flow later was not there before.
      if (!declares(configuration, principal.tenant)) {
        if (isUntrusted) clean.forget(principal);
        if (isGuarded) open.forget(principal);
        return;
      }
      if (result === undefined) {
        if (isGuarded) open.forget(principal);
        if (isUntrusted) memory.missed(key);
        return;
      }
      memory.learn(key, {
        target: targetLabel(subject.target),
        call: call.id,
        flow,
        untrusted: isUntrusted,
        whole: flow === undefined ? resultLabels : (flow.whole ?? noLabels),
        effect,
        arguments: contentOf(call.action)?.arguments ?? emptyObject(),
        argumentsDigest,
        result,
      });
    },
  };
}

/** INVARIANT: a task of which much is to be read keeps the calls of others waiting for a few milliseconds at a time. */
async function settled(memory: FlowMemory, task: string): Promise<void> {
  do await nextTurn();
  while (!memory.settle(task));
}

/**
 * Tasks of which this gateway has seen all that strangers wrote: it served alone, from a moment at which nothing
 * of theirs had been read. INVARIANT: delegated work is never one; what others of its user read is not told here.
 */
function createCleanTasks(state: TaskFlowParts['state']) {
  const since = new Map<string, number>();
  return {
    note(principal: Principal): void {
      if (!state.sole || principal.delegation !== undefined) return;
      remember(since, workOf(principal), state.era);
    },
    forget: (principal: Principal) => void since.delete(workOf(principal)),
    has: (principal: Principal) =>
      state.sole &&
      principal.delegation === undefined &&
      since.get(workOf(principal)) === state.era,
  };
}
