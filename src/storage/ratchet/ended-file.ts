import { join } from 'node:path';
import { z } from 'zod';
import { openRatchetFile } from './file.ts';

const word = z.string().min(1);
const content = z.strictObject({
  schema: z.literal(1),
  ended: z.array(z.strictObject({ tenant: word, id: word, until: z.number().int() })),
});

export type EndedSignIn = z.infer<typeof content>['ended'][number];

/** Of more the ones are forgotten that are over soonest anyway. */
const most = 100_000;

/** Sign-ins that ended before their time was over, each until it would have been. */
export class EndedSignIns {
  readonly #file: ReturnType<typeof openEndedFile>;
  #until: Map<string, EndedSignIn>;

  constructor(folder: string) {
    this.#file = openEndedFile(folder);
    this.#until = new Map((this.#file.read()?.ended ?? []).map((one) => [keyOf(one), one]));
  }

  has(of: Pick<EndedSignIn, 'tenant' | 'id'>): boolean {
    return this.#until.has(keyOf(of));
  }

  /** INVARIANT: nothing counts as remembered that does not stand in the file. */
  remember(ended: readonly EndedSignIn[], now: number): void {
    const fresh = ended.filter((one) => one.until > now && !this.has(one));
    if (fresh.length === 0) return;
    const lasting = [...this.#until.values(), ...fresh].filter(({ until }) => until > now);
    const kept = lasting.sort((one, other) => other.until - one.until).slice(0, most);
    this.#file.write({ schema: 1, ended: kept });
    this.#until = new Map(kept.map((one) => [keyOf(one), one]));
  }
}

function openEndedFile(folder: string) {
  return openRatchetFile(join(folder, 'sign-ins.ratchet'), content, {
    unknown: 'which sign-ins ended before their time is not known',
    suggestedAction:
      'put it back from the copy of the keys that was made last; with the file taken away it is begun anew of what the store says',
  });
}

function keyOf({ tenant, id }: Pick<EndedSignIn, 'tenant' | 'id'>): string {
  return `${tenant}\n${id}`;
}
