import {
  actDraft,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
  type ReasonedAct,
} from '#contracts/desk.ts';
import type { LabelledObject, ObjectBook } from '#contracts/object-book.ts';
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
}

export interface ObjectDeskParts {
  readonly objects: Pick<ObjectBook, 'list' | 'hold'>;
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
        const { tenant } = by;
        const meant = (await list(tenant, filter)).filter(({ held }) => held === undefined);
        if (meant.length === 0) throw noneMeant();
        for (let at = 0; at < meant.length; at += mostInOne) {
          const ids = meant.slice(at, at + mostInOne).map(({ id }) => id);
          const details = { objects: ids, ...named(filter) };
          const draft = actDraft('label.held', { by, reason }, details);
          const how = { by: by.name, reason, now: clock.now() };
          await recordThenDo(recorder, draft, () => objects.hold(tenant, ids, how));
        }
        return meant;
      }),
  };
}

function noneMeant(): BailiwickError {
  return new BailiwickError('api/not-found', {
    message: 'nothing that is not held yet is meant by this',
    suggestedAction: 'list what there is: `bailiwick flow objects`',
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
