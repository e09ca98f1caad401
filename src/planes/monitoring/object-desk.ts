import {
  actDraft,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
  type ReasonedAct,
} from '#contracts/desk.ts';
import {
  everyObject,
  type LabelledObject,
  type ObjectBook,
  openObjectMs,
} from '#contracts/object-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';

/** Which of them: every condition that is named holds. */
export interface ObjectFilter {
  readonly id?: string | undefined;
  readonly kind?: string | undefined;
  /** By what the first of its writers came to carry it, or what came before that: `mail/read_mail`. */
  readonly origin?: string | undefined;
  readonly label?: string | undefined;
  readonly task?: string | undefined;
}

/** Things that tasks wrote, for people who look for what is poisoned. */
export interface ObjectDesk {
  list(tenant: string, filter: ObjectFilter): Promise<readonly LabelledObject[]>;
  /** From now on nobody reads them, until clean work writes them anew. On record first. */
  hold(act: ReasonedAct & { readonly filter: ObjectFilter }): Promise<readonly LabelledObject[]>;
  /** Those of them that are held are read again, with what they carry. On record first. */
  release(act: ReasonedAct & { readonly filter: ObjectFilter }): Promise<readonly LabelledObject[]>;
  /** All of a kind, by its id, carries nothing any more; what one of its things carries stays. On record first. */
  lift(act: ReasonedAct & { readonly filter: ObjectFilter }): Promise<readonly LabelledObject[]>;
}

export interface ObjectDeskParts {
  readonly objects: Pick<ObjectBook, 'list' | 'hold' | 'release' | 'lift'>;
  readonly recorder: DeskRecorder;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of one record, so that it stays readable; of more there are several. */
const mostInOne = 256;

export function createObjectDesk({ objects, recorder, clock }: ObjectDeskParts): ObjectDesk {
  const turns = createTurns();
  const list: ObjectDesk['list'] = async (tenant, filter) =>
    (await objects.list(tenant)).filter((one) => isMeant(one, filter));
  return {
    list,
    hold: (act) =>
      turns.take(act.by.tenant, async () => {
        checkRight(act, 'operator');
        checkReason(act);
        const { by, reason, filter } = act;
        const meant = await list(by.tenant, filter);
        const open = meant.filter((one) => one.held === undefined && mayBeHeldBy(filter, one));
        if (open.length === 0) throw noneMeant('nothing that is not held yet is meant by this');
        await inParts(open, act, 'label.held', (ids) =>
          objects.hold(by.tenant, ids, { by: by.name, reason, now: clock.now() }),
        );
        return open;
      }),
    release: (act) =>
      turns.take(act.by.tenant, async () => {
        checkRight(act, 'admin');
        checkReason(act);
        const { by, filter } = act;
        const held = (await list(by.tenant, filter)).filter((one) => one.held !== undefined);
        if (held.length === 0) throw noneMeant('nothing that is held is meant by this');
        await inParts(held, act, 'label.released', (ids) => objects.release(by.tenant, ids));
        return held;
      }),
    lift: (act) =>
      turns.take(act.by.tenant, async () => {
        checkRight(act, 'admin');
        checkReason(act);
        const { by, filter } = act;
        const every = everyOf(await list(by.tenant, filter), filter, clock.now());
        await liftOne({ objects, recorder }, every, act);
        return [every];
      }),
  };

  async function inParts(
    meant: readonly LabelledObject[],
    { by, reason, filter }: ReasonedAct & { readonly filter: ObjectFilter },
    type: 'label.held' | 'label.released',
    act: (ids: readonly string[]) => Promise<number>,
  ): Promise<void> {
    for (let at = 0; at < meant.length; at += mostInOne) {
      const ids = meant.slice(at, at + mostInOne).map(({ id }) => id);
      const draft = actDraft(type, { by, reason }, { objects: ids, ...named(filter) });
      await recordThenDo(recorder, draft, () => act(ids));
    }
  }
}

/** INVARIANT: by its id alone; what may still be written after it is not lifted beforehand. */
function everyOf(
  meant: readonly LabelledObject[],
  { id }: ObjectFilter,
  now: number,
): LabelledObject {
  const every = meant.find(({ name }) => name === everyObject);
  if (id === undefined || every === undefined) {
    throw noneMeant('no kind is meant by this that carries labels as a whole');
  }
  if (!every.open || every.markedAt < now - openObjectMs) return every;
  throw new BailiwickError('store/conflict', {
    message: 'a call that may write anything of this kind has not ended',
    suggestedAction: 'end its task, and try again once the call is over, in an hour at the latest',
  });
}

async function liftOne(
  { objects, recorder }: Pick<ObjectDeskParts, 'objects' | 'recorder'>,
  { id, kind, labels, version }: LabelledObject,
  { by, reason }: ReasonedAct,
): Promise<void> {
  const details = { objects: [id], kind, lifted: [...labels] };
  await recordThenDo(recorder, actDraft('label.released', { by, reason }, details), async () => {
    if ((await objects.lift(by.tenant, { kind, version })) > 0) return;
    throw new BailiwickError('store/conflict', {
      message: 'all of this kind was marked once more meanwhile',
      suggestedAction: 'look at it again: `bailiwick flow objects`',
    });
  });
}

/** INVARIANT: whoever holds what came by a mail shuts no whole kind by it: all of a kind is held by its id. */
function mayBeHeldBy({ id }: ObjectFilter, { name }: LabelledObject): boolean {
  return id !== undefined || !name.startsWith(everyObject);
}

function noneMeant(message: string): BailiwickError {
  return new BailiwickError('api/not-found', {
    message,
    suggestedAction:
      'list what there is: `bailiwick flow objects`; all of a kind (`*`) is held, released and lifted by its id',
  });
}

function named(filter: ObjectFilter): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function isMeant(one: LabelledObject, { id, kind, origin, label, task }: ObjectFilter): boolean {
  return (
    (id === undefined || one.id === id) &&
    (kind === undefined || one.kind === kind) &&
    (task === undefined || one.task === task) &&
    (label === undefined || one.labels.some((known) => known === label)) &&
    (origin === undefined || one.origins.some((known) => known.split(/ < |, /).includes(origin)))
  );
}
