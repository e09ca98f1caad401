import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
} from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { AuditReader, FoundRecord } from '../door.ts';
import type { RevealAct, Revealed } from './door.ts';

export interface RevealParts {
  readonly reader: Pick<AuditReader, 'show' | 'proof' | 'opened'>;
  readonly recorder: Pick<DeskRecorder, 'record'>;
}

/** Opened before it is recorded, so that what cannot be opened is no reveal; shown after. */
export async function reveal({ reader, recorder }: RevealParts, act: RevealAct): Promise<Revealed> {
  checkRight(act, 'privacy');
  checkInPerson(act);
  checkReason({ reason: act.purpose });
  const { by, id, purpose } = act;
  const found = await reader.show(by.tenant, id);
  if (found === undefined) throw new BailiwickError('audit/record-unknown');
  const { payload, type } = found.record;
  if (payload === undefined) throw new BailiwickError('audit/nothing-sealed');
  // INVARIANT: what is shown belongs to a record that the signed log holds; a proof that fails throws.
  if ((await reader.proof(by.tenant, id)) === undefined) {
    throw new BailiwickError('audit/not-proven-yet');
  }
  const opened = await reader.opened(found);
  if (opened === undefined) {
    throw new BailiwickError('audit/nothing-sealed', {
      message: 'what was sealed with this record is not here any more',
    });
  }
  const { key, sha256, bytes } = payload;
  const place = { origin: found.origin, index: found.index };
  const what = { record: id, of: type, ...place, key, sha256, bytes, whose: whoseOf(found) };
  await recorder.record(actDraft('log.revealed', { by }, { ...what, purpose, shown: 'whole' }));
  const { words, commitments, proves } = opened;
  return { found, key, sha256, body: words ?? Buffer.alloc(0), commitments, proves };
}

/** By these names somebody finds who looked at them. */
function whoseOf({ record: { actors } }: FoundRecord): string[] {
  const names = actors.flatMap(({ kind, name, person }) =>
    kind === 'system' ? [] : [name, ...(person === undefined ? [] : [person])],
  );
  return [...new Set(names)];
}
