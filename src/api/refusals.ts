import type { StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RefusalBook } from '#planes/monitoring/index.ts';
import type { ControlParts } from './parts.ts';

/** What is known of a request by the time that it is refused. */
export interface Attempt {
  readonly source: string;
  readonly method: string;
  readonly person: StoredPerson | undefined;
  /** The route, or for a person the path; INVARIANT: never text of somebody unknown. */
  readonly place: string;
}

interface Desk {
  readonly parts: ControlParts;
  readonly refusals: RefusalBook;
}

/** Every refusal leaves a record: a person's own, an unknown caller's counted by source and minute. */
export async function noteRefusal(
  { parts, refusals }: Desk,
  { source, method, person, place }: Attempt,
  fault: unknown,
): Promise<void> {
  const problem = fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
  const draft = refusals.note(
    {
      type: 'api.refused',
      tenant: person?.tenant ?? parts.systemTenant,
      actors: [actorOf(person, source)],
      source,
      method,
      refusal: { stage: 'api', code: problem.code, message: problem.message },
      details: { path: place },
    },
    person !== undefined,
    parts.clock.now(),
    place,
  );
  if (draft === undefined) return;
  // A refusal stays a refusal when it cannot be written: nothing was done, and it is told later.
  await parts.recorder.record(draft).catch(() => refusals.unrecorded([draft]));
}

export async function flushRefusals({ parts, refusals }: Desk, everything = false): Promise<void> {
  const due = refusals.due(parts.clock.now(), everything);
  if (due.length === 0) return;
  await parts.recorder.recordAll(due).catch(() => refusals.unrecorded(due));
}

function actorOf(person: StoredPerson | undefined, source: string): Actor {
  return { kind: 'human', name: person?.name ?? `unknown@${source}` };
}
