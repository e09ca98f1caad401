import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  type ReasonedAct,
  recordThenDo,
} from '#contracts/desk.ts';
import type { KeptRights, RightsDifference } from '#contracts/kept-rights.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';

export interface RightsWatchParts {
  readonly keptRights: KeptRights;
  readonly recorder: Pick<DeskRecorder, 'record'>;
  /** The program that looked. */
  readonly writer: string;
}

/** Says on record, once for each thing found, that the store gives people what nobody decided. */
export function createRightsWatch(parts: RightsWatchParts): { look(): Promise<void> } {
  const { keptRights, recorder, writer } = parts;
  const told = new Map<string, string>();
  const left = new Map(keptRights.takenOver);
  const draft = (type: RecordDraft['type'], tenant: string, details: JsonObject): RecordDraft => ({
    type,
    tenant,
    actors: [{ kind: 'system', name: writer }],
    details,
  });
  const look = async (): Promise<void> => {
    for (const [tenant, counts] of left) {
      await recorder.record(
        draft('identity.rights-taken-over', tenant, { ...counts, admins: [...counts.admins] }),
      );
      left.delete(tenant);
    }
    const found = Map.groupBy(await keptRights.differences(), ({ tenant }) => tenant);
    for (const tenant of told.keys()) if (!found.has(tenant)) told.delete(tenant);
    for (const [tenant, all] of found) {
      const details = { differ: named(all), count: all.length };
      const text = JSON.stringify(details);
      if (told.get(tenant) === text) continue;
      await recorder.record(draft('identity.rights-differ', tenant, details));
      told.set(tenant, text);
    }
  };
  let looking: Promise<void> | undefined;
  return {
    // One at a time: two would find the same untold, and tell it twice.
    async look() {
      looking ??= look().finally(() => (looking = undefined));
      await looking;
    },
  };
}

/** What differs is on record before it is put right. It gives nobody anything, so that one admin may do it. */
export async function mendRights(
  { keptRights, recorder }: { readonly keptRights: KeptRights; readonly recorder: DeskRecorder },
  act: ReasonedAct,
): Promise<readonly RightsDifference[]> {
  checkRight(act, 'admin');
  checkInPerson(act);
  checkReason(act);
  const { tenant } = act.by;
  const found = (await keptRights.differences()).filter((one) => one.tenant === tenant);
  if (found.length === 0) return [];
  const details = { differ: named(found), count: found.length };
  return recordThenDo(recorder, actDraft('identity.rights-mended', act, details), async () => {
    await keptRights.mend(tenant);
    return found;
  });
}

function named(differ: readonly RightsDifference[]): Json[] {
  return differ.slice(0, 100).map(({ what, person, id, why }) => ({ what, person, id, why }));
}
