import type { Call, Outcome } from '#kernel/call.ts';
import { refusal, type Refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { ActionFile, Actions, Refusing } from './action.ts';
import { type Carry, createCarry } from './carry.ts';
import { type Ended, faultToRefusal } from './gates.ts';
import type { OpenCalls } from './open-calls.ts';
import { type Paths, pathsThrough, type Stages } from './path.ts';
import { type Called, effectOf, type Told } from './progress.ts';
import type { OutflowKeeper } from './outflow.ts';
import type { TaskAmountsKeeper } from './task-amounts.ts';
import { refuseWindows, type Release } from './release.ts';
import type { Terminal } from './terminal.ts';
import type { CallCounts } from '#planes/monitoring/index.ts';

export interface Pipeline {
  /** `release` takes the windows of a streamed answer; what is told whole is in the outcome. */
  readonly run: (call: Call, release?: Release) => Promise<Outcome>;
}

/** Looks at a tool server, by calls that walk the path; a refusal when that was not possible. */
export type Look = (
  run: Pipeline['run'],
  tenant: string,
  server: string,
) => Promise<Refusal | undefined>;

export interface PipelineParts {
  readonly actions: Actions;
  readonly stages: Stages;
  /** Writes the one terminal record of every exit. */
  readonly terminal: Terminal;
  /** What the stages counted for a call is given back here, whatever its exit. */
  readonly openCalls: Pick<OpenCalls, 'leave'>;
  readonly amounts: Pick<TaskAmountsKeeper, 'leave'>;
  readonly outflow: Pick<OutflowKeeper, 'leave'>;
  readonly look: Look;
  readonly clock: Clock;
  readonly counts: Pick<CallCounts, 'begun' | 'ended' | 'refused'>;
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const { terminal, look, openCalls, amounts, outflow, counts, clock } = parts;
  const walk = createWalk(parts);
  /** INVARIANT: whatever fails, the caller is answered, and by no more than one record. */
  const exit = (end: Ended): Promise<Outcome> => {
    if (end.why.kind === 'refusal' && isCounted(end.walk.call)) counts.refused(end.at);
    return terminal.exit(end).catch(() => unwritten(end));
  };
  const carried = async (call: Call, release: Release): Promise<Outcome> => {
    const first = begin(parts, call);
    const end = await walk(first, release);
    if (end.kind !== 'ended') return end;
    const asker = whoWaitsForALook(end, first);
    if (asker === undefined) return exit(end);
    const looked = look(run, asker.principal.tenant, asker.server);
    const unseen = await looked.catch(faultToRefusal);
    if (unseen !== undefined) return exit({ ...end, why: unseen });
    const { principal } = asker;
    // Known from the first way, so that a refusal before it is identified again names it as well.
    const again = { ...first, lookedFor: principal, principal };
    const second = await walk(again, release);
    return second.kind === 'ended' ? exit(second) : second;
  };
  const run = async (call: Call, release: Release = refuseWindows): Promise<Outcome> => {
    const startedAt = clock.monotonic();
    let outcome: Outcome | undefined;
    if (isCounted(call)) counts.begun();
    try {
      outcome = await carried(call, release);
      const left = amounts.leave(call.id, outcome);
      if (left !== undefined) await left;
      const moved = outflow.leave(call.id, outcome);
      if (moved !== undefined) await moved;
      return outcome;
    } finally {
      void amounts.leave(call.id, outcome);
      void outflow.leave(call.id, outcome);
      openCalls.leave(call);
      const kind = outcome?.kind ?? 'refused';
      if (isCounted(call)) counts.ended(kind, clock.monotonic() - startedAt);
    }
  };
  return { run };
}

/** What the gateway asks by itself is no call of anybody. */
function isCounted({ front }: Call): boolean {
  return front !== 'internal';
}

function begin({ actions, clock }: PipelineParts, call: Call): Called {
  const { kind } = call.action;
  const file = Object.hasOwn(actions, kind) ? actions[kind] : unserved;
  return { call, file, startedAt: clock.monotonic(), lookedFor: undefined };
}

/** INVARIANT: a kind that nobody serves is refused, and on record, like everything else. */
const unserved: ActionFile = {
  kind: 'refused',
  settledAs: 'gateway.refused',
  route: 'refusing',
  reason: () => refusal('admit/unknown-method'),
};

/** INVARIANT: once at most, and never after an intent: what was begun is ended, not begun again. */
function whoWaitsForALook({ why, walk }: Ended, { lookedFor }: Called) {
  const { principal, intent } = walk;
  if (why.kind !== 'look-first' || lookedFor !== undefined) return undefined;
  if (principal === undefined || intent !== undefined) return undefined;
  return { principal, server: why.server };
}

type Walk = (call: Called, release: Release) => Promise<Outcome | Ended>;

function createWalk(parts: PipelineParts): Walk {
  const paths = pathsThrough(parts.stages);
  const carry = createCarry(parts.stages);
  return (call, release) => walkRoute(paths, carry, call, release);
}

function reasonOf(file: Refusing, { call }: Called): Refusal {
  try {
    return file.reason(call.action);
  } catch (fault) {
    return faultToRefusal(fault);
  }
}

function unwritten({ walk }: Ended): Outcome {
  const reason = refusal('gateway/internal');
  return { kind: 'refused', recordId: undefined, refusal: reason, effect: effectOf(walk) };
}

async function walkRoute(
  paths: Paths,
  carry: Carry,
  call: Called,
  release: Release,
): Promise<Outcome | Ended> {
  const { file } = call;
  switch (file.route) {
    case 'refusing': {
      const known = await paths.refusing.pass(call);
      if (known.kind === 'ended') return known;
      return { kind: 'ended', at: 'admit', why: reasonOf(file, call), walk: known.walk };
    }
    case 'noting': {
      const noted = await paths.noting.pass(call);
      return noted.kind === 'ended' ? noted : carry.tell(noted.walk, file);
    }
    case 'telling': {
      const told = await paths.telling.pass(call);
      return told.kind === 'ended' ? told : carry.tell<Told>(told.walk, file);
    }
    case 'asking':
    case 'acting': {
      const lent = await paths[file.route].pass(call);
      return lent.kind === 'ended' ? lent : carry.out(lent.walk, release);
    }
  }
}
