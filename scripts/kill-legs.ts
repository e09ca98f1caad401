import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A part of a campaign of kills: an instance of its own, whose log is read whole at its end. */
export interface KillLeg {
  readonly seed: number;
  readonly kills: number;
}

interface Campaign {
  readonly kills: number;
  readonly seed: number;
}

/** So many an instance: its log is looked through after some minutes, and not at the end of a night. */
export const killsOfLeg = 500;

/** The same for the same campaign, so that one that was cut off goes on where it was. */
export function legsOf({ kills, seed }: Campaign): readonly KillLeg[] {
  const count = Math.ceil(kills / killsOfLeg);
  return Array.from({ length: count }, (_, at) => ({
    seed: seed + at,
    kills: Math.min(killsOfLeg, kills - at * killsOfLeg),
  }));
}

/** Which legs of a campaign went well, in a file beside the caches. */
export class KeptLegs {
  readonly #path: string;
  readonly #campaign: Campaign;

  constructor(path: string, campaign: Campaign) {
    this.#path = path;
    this.#campaign = campaign;
  }

  /** INVARIANT: only of this campaign; a file that says anything else, or nothing that can be read, says nothing. */
  done(): number {
    const { kills, seed } = this.#campaign;
    try {
      const kept: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      if (typeof kept !== 'object' || kept === null) return 0;
      const said = kept as Readonly<Record<string, unknown>>;
      const isSame = said['kills'] === kills && said['seed'] === seed;
      const done = Number(said['done']);
      const most = legsOf(this.#campaign).length;
      return isSame && Number.isSafeInteger(done) && done > 0 ? Math.min(done, most) : 0;
    } catch {
      return 0;
    }
  }

  /** INVARIANT: whole or not at all: it is written beside, and then put in its place. */
  keep(done: number): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.next`, `${JSON.stringify({ ...this.#campaign, done })}\n`);
    renameSync(`${this.#path}.next`, this.#path);
  }
}
