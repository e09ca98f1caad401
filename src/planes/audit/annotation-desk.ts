import { type Act, actDraft, checkRight } from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { holdsRole, type Person } from '#kernel/principal.ts';
import { type Annotated, annotatedBy, type RecordEnvelope, withdraws } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import type { AuditReader, FoundRecord, Recorder } from './door.ts';

export interface AnnotationAct extends Act {
  /** The id of a record or of a task. */
  readonly about: string;
  readonly note: string;
  /** It takes back the annotation that it is about. */
  readonly withdraw: boolean;
}

export interface NewAnnotation {
  /** The record that it is. */
  readonly id: string;
  readonly annotates: Annotated;
}

/** One that is on disk, and perhaps not yet in the signed log: no index finds it there. */
export interface RecentAnnotation extends NewAnnotation {
  readonly time: string;
  readonly by: string;
  readonly note: string;
  readonly withdraws: boolean;
}

/** Somebody's later words. INVARIANT: they are one more record of control's own log, and nothing else is written. */
export interface AnnotationDesk {
  annotate(act: AnnotationAct): Promise<NewAnnotation>;
  /** The newest of this life, oldest first: who reads what is indexed adds what is not. */
  recent(tenant: string): readonly RecentAnnotation[];
}

export interface AnnotationDeskParts {
  readonly reader: Pick<AuditReader, 'show'>;
  /** Whether any record of this tenant is of this task. */
  readonly knowsTask: (tenant: string, task: string) => Promise<boolean>;
  /** Whether they are its owner. */
  readonly owns: (person: Person, agent: string) => boolean;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of each tenant; more than anybody writes until the log is signed again. */
const mostRecent = 256;

export function createAnnotationDesk(parts: AnnotationDeskParts): AnnotationDesk {
  const recent = new Map<string, readonly RecentAnnotation[]>();
  return {
    recent: (tenant) => recent.get(tenant) ?? [],
    async annotate(act) {
      checkRight(act, 'auditor', 'owner');
      checkNote(act.note);
      const found = await parts.reader.show(act.by.tenant, act.about);
      const annotates = await whatOf(parts, act, found);
      if (act.withdraw) checkWithdrawal(act, found?.record);
      const place = found === undefined ? {} : { log: found.origin, index: found.index };
      const about = { about: peopleIn(found?.record) };
      const draft = draftOf(act, annotates, place);
      const { id } = await parts.recorder.record(draft, undefined, about);
      const { by, note, withdraw: withdraws } = act;
      const time = isoTime(parts.clock.now());
      const told = { id, annotates, time, by: by.name, note, withdraws };
      const before = recent.get(by.tenant) ?? [];
      recent.set(by.tenant, [...before, told].slice(-mostRecent));
      return { id, annotates };
    },
  };
}

/** INVARIANT: what is not there for whoever asks is not told apart from what is nowhere. */
async function whatOf(
  { knowsTask, owns }: AnnotationDeskParts,
  { by, about }: AnnotationAct,
  found: FoundRecord | undefined,
): Promise<Annotated> {
  const readsAll = holdsRole(by, 'auditor');
  if (found !== undefined) {
    const { actors } = found.record;
    if (readsAll || actors.some(({ kind, name }) => kind === 'agent' && owns(by, name))) {
      return { kind: 'record', id: about };
    }
  } else if (readsAll && (await knowsTask(by.tenant, about))) {
    return { kind: 'task', id: about };
  }
  throw new BailiwickError('audit/record-unknown', {
    message: 'there is no such record and no such task',
    suggestedAction: 'give the whole id; what was just recorded can be found a moment later',
  });
}

/** By whoever said it, or by whoever reads the log for everybody. */
function checkWithdrawal({ by }: AnnotationAct, record: RecordEnvelope | undefined): void {
  if (record === undefined || annotatedBy(record) === undefined || withdraws(record)) {
    throw new BailiwickError('api/invalid', {
      message: 'only an annotation can be withdrawn, and no withdrawal',
      suggestedAction: 'say it in an annotation of its own',
    });
  }
  const isTheirs = record.actors.some(({ kind, name }) => kind === 'human' && name === by.name);
  if (isTheirs || by.roles.some((role) => role === 'auditor' || role === 'admin')) return;
  throw new BailiwickError('api/forbidden', {
    message: 'an annotation is withdrawn by whoever made it, an auditor or an admin',
    suggestedAction: 'annotate it instead',
  });
}

function checkNote(note: string): void {
  if (note.trim() !== '' && Buffer.byteLength(note, 'utf8') <= limits.reasonBytes) return;
  throw new BailiwickError('api/invalid', {
    message: 'a note is text that is not empty and not too long',
    suggestedAction: `use at most ${limits.reasonBytes} bytes`,
  });
}

/** Who acts in what it is about: words about somebody are gone with their key too. */
function peopleIn(record: RecordEnvelope | undefined): readonly string[] {
  return (record?.actors ?? []).flatMap(({ kind, name }) => (kind === 'human' ? [name] : []));
}

function draftOf(
  { by, note, withdraw }: AnnotationAct,
  { kind, id }: Annotated,
  place: JsonObject,
) {
  const details = { [kind]: id, ...place, note, ...(withdraw ? { withdraws: true } : {}) };
  return actDraft('log.annotated', { by }, details);
}
