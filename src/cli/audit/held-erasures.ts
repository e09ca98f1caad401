import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';

/** An act that broke a rule, in a log that is honest about it. */
export interface ProcessFinding extends JsonObject {
  readonly kind: 'erased-under-hold';
  /** Of the erasure. */
  readonly record: string;
  readonly hold: string;
  /** Of the yes of the second person. */
  readonly held: string;
  readonly message: string;
}

interface PrivacyAct {
  readonly type: string;
  readonly id: string;
  readonly tenant: string;
  readonly details: JsonObject;
}

const kinds = ['held', 'hold-released', 'erased', 'tenant-erased'].map((one) => `privacy.${one}`);

/** What records say of holds and erasures. INVARIANT: that of logs which hold, and in the order of the ids of all of them. */
export class PrivacyActs {
  readonly #acts: PrivacyAct[] = [];
  /** Records of acts that a plain no came after. */
  readonly #undone: string[] = [];

  take({ type, id, tenant, details }: JsonObject): void {
    if (typeof type !== 'string' || typeof id !== 'string' || !isJsonObject(details)) return;
    if (type === 'act.reconciled' && details['applied'] === 'no') {
      const { act, agreement, erasure } = details;
      this.#undone.push(typeof erasure === 'string' ? erasure : nameOf(act, agreement));
    }
    if (!kinds.includes(type) || typeof tenant !== 'string') return;
    this.#acts.push({ type, id, tenant, details });
  }

  add({ acts, undone }: ReturnType<PrivacyActs['said']>): void {
    this.#acts.push(...acts);
    this.#undone.push(...undone);
  }

  said() {
    return { acts: this.#acts, undone: this.#undone };
  }

  /** Each erasure that came behind a hold of two people, and before any release of it. */
  heldErasures(): readonly ProcessFinding[] {
    const open = new Map<string, PrivacyAct>();
    const found: ProcessFinding[] = [];
    const undone = new Set(this.#undone);
    const stands = ({ type, id, details }: PrivacyAct) =>
      !undone.has(id) && !undone.has(nameOf(type, details['agreement']));
    for (const act of this.#acts.filter(stands).sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const key = nameOf(act.tenant, act.details['hold']);
      if (act.type === 'privacy.held') open.set(key, act);
      else if (act.type === 'privacy.hold-released') open.delete(key);
      else found.push(...[...open.values()].flatMap((hold) => findingOf(hold, act)));
    }
    return found;
  }
}

/** A hold since a time, and an erasure of a whole tenant, are of every subject. */
function findingOf(held: PrivacyAct, erased: PrivacyAct): readonly ProcessFinding[] {
  const [ofHold, ofErasure] = [held.details['handle'], erased.details['handle']];
  const concerns = ofHold === undefined || ofErasure === undefined || ofHold === ofErasure;
  if (held.tenant !== erased.tenant || !concerns) return [];
  const { hold } = held.details;
  const name = typeof hold === 'string' ? hold : '';
  const message = `the log is whole; record ${erased.id} erased what hold ${name} (record ${held.id}) held, and none between released it`;
  return [{ kind: 'erased-under-hold', record: erased.id, hold: name, held: held.id, message }];
}

function nameOf(one: unknown, other: unknown): string {
  return JSON.stringify([one ?? null, other ?? null]);
}
