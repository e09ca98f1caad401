import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
} from '#contracts/desk.ts';
import type { DirectoryBook } from '#contracts/directory-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import type { DirectoryDesk } from './door.ts';

export interface DirectoryDeskParts {
  readonly directory: Pick<DirectoryBook, 'addToken' | 'tokens' | 'endToken'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

/** What it begins with: no credential of a person or an agent does. */
export const bearerPrefix = 'scim_';

/** INVARIANT: a person makes and ends it; on record before it serves; two at once, so that one can take the place of the other. */
export function createDirectoryDesk(parts: DirectoryDeskParts): DirectoryDesk {
  const turns = createTurns();
  return {
    list: (tenant) => parts.directory.tokens(tenant),
    async create(act) {
      checkRight(act, 'admin');
      checkInPerson(act);
      checkReason(act);
      return turns.take(act.by.tenant, () => create(parts, act));
    },
    async end(act) {
      checkRight(act, 'admin');
      checkInPerson(act);
      checkReason(act);
      return turns.take(act.by.tenant, () => end(parts, act));
    },
  };
}

async function create(
  { directory, recorder, clock }: DirectoryDeskParts,
  act: Parameters<DirectoryDesk['create']>[0],
) {
  const { tenant, name } = act.by;
  const now = clock.now();
  const live = (await directory.tokens(tenant)).filter(
    ({ endedAt, expiresAt }) => endedAt === undefined && expiresAt > now,
  );
  if (live.length >= limits.directoryTokens) {
    throw new BailiwickError('store/conflict', {
      message: `${limits.directoryTokens} tokens serve already`,
      suggestedAction: `end one first: \`bailiwick directory token end ${live[0]?.id ?? ''}\``,
    });
  }
  const token = {
    tenant,
    id: newId(now),
    madeBy: name,
    madeAt: now,
    expiresAt: now + limits.directoryTokenMs,
  };
  const bearer = bearerPrefix + newCapability() + newCapability();
  const details = { token: token.id, expiresAt: isoTime(token.expiresAt) };
  return recordThenDo(recorder, actDraft('directory.token-issued', act, details), async () => {
    await directory.addToken({ ...token, digest: sha256Hex(bearer), most: limits.directoryTokens });
    return { token: { ...token, endedAt: undefined }, bearer };
  });
}

/** Takes away: in force first, surely recorded after. */
async function end(
  { directory, recorder, clock }: DirectoryDeskParts,
  act: Parameters<DirectoryDesk['end']>[0],
) {
  const ended = await directory.endToken(act.by.tenant, act.id, clock.now());
  if (ended === undefined) {
    throw new BailiwickError('api/not-found', { message: 'there is no such token' });
  }
  const draft = actDraft('directory.token-ended', act, { token: act.id });
  await recorder.record(draft).catch(() => recorder.owe(draft));
  return ended;
}
