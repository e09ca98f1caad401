import {
  type CarriedLabels,
  everyObject,
  type GatewayObjects,
  type MarkedObject,
  type SeenObject,
} from '#contracts/object-book.ts';
import { type Call, contentOf } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { aboveClearance, isConfidential, joinLabels, type Labels } from '#kernel/label.ts';
import { longestTargetText, targetLabel } from '#kernel/target.ts';
import type { ObjectPlace, ToolObjects } from '#kernel/tool.ts';
import type { Clock } from '#kernel/time.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import {
  argumentNames,
  bodyOf,
  markedAs,
  namedAs,
  namesAt,
  objectIds,
  textsAt,
  textsTold,
} from './object-names.ts';
import type { Approved, Lent, SoFar } from './progress.ts';

/** What the things that a call is about carry, in what raised them. */
interface FromObjects {
  readonly labels: Labels;
  readonly source: string;
}

/** Labels follow what tasks write, by the thing that is written: into other sessions and to other agents. */
export interface TaskObjects {
  /** Beside its intent: which things it is about to write with which labels; undefined where it says none. */
  told(walk: Approved): JsonObject | undefined;
  /** INVARIANT: what is written carries its labels, durably, before the call leaves. */
  begin(walk: Approved): Promise<Refusal | undefined> | undefined;
  /** What the things that it read carry, now that it is answered. Undefined: its document names none. */
  end(
    walk: Lent,
    result: JsonObject | undefined,
  ): Promise<FromObjects | Refusal | undefined> | undefined;
}

export interface TaskObjectParts {
  readonly book: GatewayObjects;
  readonly keyed: KeyedDigest;
  readonly clock: Pick<Clock, 'now'>;
}

/** What was begun with a call, until it is answered. */
interface Begun {
  readonly written: readonly MarkedObject[];
  /** Marked until its result says what was made. */
  readonly awaited: readonly MarkedObject[];
  /** As clean work found what it writes anew. */
  readonly seen: readonly SeenObject[];
}

export function createTaskObjects(parts: TaskObjectParts): TaskObjects {
  const begun = new WeakMap<Call, Begun>();
  return {
    told(walk) {
      const { labelsIn } = walk;
      if (labelsIn.length === 0) return undefined;
      const { written, awaited } = aboutToWrite(parts, walk);
      const all = [...written, ...awaited];
      if (all.length === 0) return undefined;
      return { objects: all.slice(0, mostTold).map(({ id }) => id), count: all.length };
    },
    begin(walk) {
      if (declaredBy(walk) === undefined) return undefined;
      return begin(parts, walk)
        .then((one) => {
          if (isRefusal(one)) return one;
          begun.set(walk.call, one);
          return undefined;
        })
        .catch(() => refusal('semantic/label-unavailable'));
    },
    end(walk, result) {
      if (declaredBy(walk) === undefined) return undefined;
      const one = begun.get(walk.call);
      begun.delete(walk.call);
      return end(parts, walk, { begun: one, result }).catch(() =>
        refusal('semantic/label-unavailable'),
      );
    },
  };
}

const mostTold = 16;

function declaredBy({ subject }: SoFar): ToolObjects | undefined {
  return subject?.subjectClass.flow?.objects;
}

function argumentsOf({ call }: SoFar): JsonObject {
  return contentOf(call.action)?.arguments ?? emptyObject();
}

function aboutToWrite(
  { keyed }: TaskObjectParts,
  walk: Approved,
): Pick<Begun, 'written' | 'awaited'> {
  const declared = declaredBy(walk);
  const ids = objectIds(keyed, walk.principal.tenant);
  const given = argumentsOf(walk);
  return {
    written: (declared?.writes ?? []).flatMap(({ kind, at }) =>
      markedAs(kind, textsAt(given, at), ids),
    ),
    awaited: kindsOf(declared?.makes ?? []).map((kind) => {
      const name = `${everyObject}${walk.call.id}`;
      return { kind, name, named: name, id: `${kind}/${everyObject}` };
    }),
  };
}

function kindsOf(places: readonly ObjectPlace[]): readonly string[] {
  return [...new Set(places.map(({ kind }) => kind))];
}

async function begin(parts: TaskObjectParts, walk: Approved): Promise<Begun | Refusal> {
  const { book, clock } = parts;
  const { principal, labelsIn } = walk;
  const { tenant } = principal;
  const { reads = [], writes = [] } = declaredBy(walk) ?? {};
  const given = argumentsOf(walk);
  const asked = reads.flatMap(({ kind, at }) =>
    at === undefined ? [] : [namedAs(kind, textsAt(given, at))],
  );
  if (asked.length > 0) {
    const withheld = mayBeRead(walk, await book.carried(tenant, asked, clock.now()));
    if (withheld !== undefined) return withheld;
  }
  const about = aboutToWrite(parts, walk);
  if (labelsIn.length === 0) {
    const whole = writes
      .filter((one) => one.whole === true)
      .map(({ kind, at }) => namedAs(kind, textsAt(given, at)));
    const { seen } =
      whole.length === 0 ? { seen: [] } : await book.carried(tenant, whole, clock.now());
    return { written: about.written, awaited: [], seen };
  }
  // INVARIANT: one call with a name that is none labels no whole kind.
  const unnamed = writes.find(({ at }) => argumentNames(given, at) === 'unnamed');
  if (unnamed !== undefined) {
    return refusal('semantic/object-unnamed', { details: { argument: unnamed.at } });
  }
  const objects = [...about.written, ...about.awaited];
  if (objects.length > 0) {
    const { task, agent } = principal;
    const source = targetLabel(walk.subject.target);
    const mark = { objects, labels: labelsIn, task, agent, source, now: clock.now(), open: true };
    await book.mark(tenant, mark);
  }
  return { ...about, seen: [] };
}

interface Ending {
  readonly begun: Begun | undefined;
  readonly result: JsonObject | undefined;
}

async function end(
  parts: TaskObjectParts,
  walk: Lent,
  { begun, result }: Ending,
): Promise<FromObjects | Refusal | undefined> {
  await written(parts, walk, { begun, result });
  return read(parts, walk, result);
}

/**
 * INVARIANT: what it made carries its labels before its name is told, and only then all of its kind does not. Where no
 * name came back all of the kind carries them for as long as a call may take.
 */
async function written(
  { book, keyed, clock }: TaskObjectParts,
  walk: Lent,
  { begun, result }: Ending,
): Promise<void> {
  if (begun === undefined || walk.attempt.effect === 'unknown') return;
  const { tenant, task, agent } = walk.principal;
  const isDone = result !== undefined && result['isError'] !== true;
  if (walk.labelsIn.length === 0) {
    if (!isDone || begun.seen.length === 0) return;
    await book.clean(tenant, { seen: begun.seen, objects: begun.written, now: clock.now() });
    return;
  }
  const body = isDone ? bodyOf(result) : undefined;
  const ids = objectIds(keyed, tenant);
  const places = (declaredBy(walk)?.makes ?? []).map(({ kind, in: path }) => ({
    kind,
    names: namesAt(body, path),
  }));
  const made = places.flatMap(({ kind, names }) => {
    if (names === 'none') return [];
    return markedAs(kind, names === 'unclear' ? undefined : names, ids);
  });
  if (made.length > 0) {
    const source = targetLabel(walk.subject.target);
    const labels = walk.labelsIn;
    const mark = { objects: made, labels, task, agent, source, now: clock.now(), open: false };
    await book.mark(tenant, mark);
  }
  const told = begun.awaited.filter(
    (one) => !places.some(({ kind, names }) => kind === one.kind && names === 'none'),
  );
  const all = [...begun.written, ...told];
  if (all.length > 0) await book.settle(tenant, all);
  if (told.length === 0) return;
  const seen = told.map(({ kind, name }) => ({ kind, name, version: 1 }));
  await book.clean(tenant, { seen, objects: told, now: clock.now() });
}

/** What was read is looked up when it is here: whoever marked it did so before it was written. */
async function read(
  { book, clock }: TaskObjectParts,
  walk: Lent,
  result: JsonObject | undefined,
): Promise<FromObjects | Refusal | undefined> {
  const { reads = [] } = declaredBy(walk) ?? {};
  if (reads.length === 0) return undefined;
  const given = argumentsOf(walk);
  const body = result === undefined ? undefined : bodyOf(result);
  const asked = reads.map((place) => {
    if (place.at !== undefined) return namedAs(place.kind, textsAt(given, place.at));
    if (place.in !== undefined) return namedAs(place.kind, textsTold(body, place.in));
    return namedAs(place.kind, undefined);
  });
  const carried = await book.carried(walk.principal.tenant, asked, clock.now());
  const withheld = mayBeRead(walk, carried);
  if (withheld !== undefined) return withheld;
  if (carried.labels.length === 0) return undefined;
  const source = [targetLabel(walk.subject.target), ...carried.origins].join(' < ');
  return { labels: carried.labels, source: source.slice(0, longestTargetText) };
}

/** INVARIANT: what somebody holds is read by nobody, and what an agent may not see it does not see from a note. */
function mayBeRead({ agent }: Approved, { held, labels }: CarriedLabels): Refusal | undefined {
  const [first] = held;
  if (first !== undefined) {
    return refusal('semantic/object-withheld', { details: { object: first } });
  }
  const above = aboveClearance(labels, agent?.clearance);
  return above.length === 0
    ? undefined
    : refusal('semantic/object-withheld', { details: { labels: above } });
}

/** As if its document had said so of its result. */
export function withObjectLabels(walk: Lent, { labels }: FromObjects): Lent {
  const { subject } = walk;
  const { subjectClass } = subject;
  const resultLabels = joinLabels(subjectClass.resultLabels, labels);
  const { flow } = subjectClass;
  const whole = joinLabels(flow?.whole ?? [], labels.filter(isConfidential));
  return {
    ...walk,
    subject: {
      ...subject,
      subjectClass: {
        ...subjectClass,
        resultLabels,
        ...(flow === undefined ? {} : { flow: { ...flow, whole } }),
      },
    },
  };
}
