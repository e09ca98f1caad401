import type { WrittenDocument } from '#contracts/document-change.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Person } from '#kernel/principal.ts';
import { type ChangeDeskParts, exceptionDraft, isBootstrap } from './changes.ts';
import type { ReadDocuments } from './folder.ts';
import type { LoadedDocument } from './load.ts';
import { keyOf, planOf, type Step, stepsOf } from './plan.ts';
import { recordEnded } from './review-records.ts';
import { ask, closeEdited, endDue, roomFor, settle } from './waiting.ts';

type Parts = Omit<ChangeDeskParts, 'rehearse' | 'rehearseWithout' | 'recompile' | 'alone'>;

const why = 'the document folder changed';
const noWorld = { before: undefined, after: undefined };

/**
 * What of the folder comes into force now: what only takes away; the rest waits for somebody else. INVARIANT: the
 * first documents of an installation come as they are, since nobody is there yet who could say yes; where any ever
 * stood, also if all of them are gone, nothing is the first.
 */
export async function heldFolder(
  parts: Parts,
  tenant: string,
  read: ReadDocuments,
): Promise<ReadDocuments> {
  const stored = await parts.documents.list(tenant);
  const own = stored.filter(({ owner }) => owner === 'folder');
  if (!(await parts.documents.everStored(tenant))) return read;
  const steps = stepsOf(stored, {
    documents: read.documents,
    remove: own.filter((one) => !read.places.has(keyOf(one))),
  });
  const by: Person = { tenant, name: 'folder', roles: [] };
  const world = steps.length === 0 ? noWorld : await parts.rehearseSteps(tenant, steps);
  const plan = planOf(parts.kinds, stored, steps, world);
  if (plan.judgement !== 'risky') {
    await askOnce(parts, by, []);
    return read;
  }
  if (await isBootstrap(parts, tenant)) {
    await parts.recorder.record(exceptionDraft({ by, reason: why }, plan));
    return read;
  }
  const risky = new Set(plan.steps.filter(({ judgement }) => judgement === 'risky').map(keyOf));
  const tight = steps.filter((one) => !risky.has(keyOf(one)));
  const now = (await standsAlone(parts, tenant, tight)) ? tight : [];
  await askOnce(parts, by, now.length === 0 ? steps : steps.filter((one) => risky.has(keyOf(one))));
  const taken = new Set(read.taken.map(keyOf));
  return keptNow(read, [...own, ...stored.filter((one) => taken.has(keyOf(one)))], now);
}

async function standsAlone(parts: Parts, tenant: string, steps: readonly Step[]): Promise<boolean> {
  if (steps.length === 0) return false;
  try {
    await parts.rehearseSteps(tenant, steps);
    return true;
  } catch (fault) {
    if (fault instanceof BailiwickError && fault.code === 'config/invalid') return false;
    throw fault;
  }
}

/** A folder that is read again asks nothing anew; one that changed takes back what it asked for before. */
async function askOnce(parts: Parts, by: Person, steps: readonly Step[]): Promise<void> {
  const { tenant, name } = by;
  await endDue(parts, tenant);
  const same = await roomFor(parts, by, { steps, owner: 'folder' });
  const open = (await parts.reviews.open(tenant)).filter(({ owner }) => owner === 'folder');
  for (const { id } of open.filter((one) => one.id !== same?.id)) {
    const old = await parts.reviews.get(tenant, id);
    if (old === undefined || (await closeEdited(parts, tenant, old))) continue;
    if (await settle(parts, tenant, old)) continue;
    const now = parts.clock.now();
    const ended = { tenant, id, by: name, state: 'rejected' as const, why, now };
    await recordEnded(parts.recorder, tenant, await parts.reviews.decide(ended));
  }
  if (same === undefined && steps.length > 0)
    await ask(parts, { by, reason: why }, { steps, owner: 'folder' });
}

/** What stands there, with what comes now. */
function keptNow(
  read: ReadDocuments,
  own: readonly StoredDocument[],
  now: readonly Step[],
): ReadDocuments {
  const steps = new Map(now.map((one) => [keyOf(one), one]));
  const come = read.documents.filter((one) => steps.has(keyOf(one)));
  const stay = own.filter((one) => !steps.has(keyOf(one)));
  return {
    ...read,
    documents: [...come, ...stay.map(asLoaded)],
    goneServers: read.goneServers.filter((name) => steps.has(`ToolServer/${name}`)),
  };
}

function asLoaded({ kind, name, spec, digest, tenant }: StoredDocument): LoadedDocument {
  const written: WrittenDocument = { kind, name, spec };
  return { ...written, digest, tenant, file: '', line: 0, place: () => `${kind}/${name}` };
}
