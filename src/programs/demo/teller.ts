import type { Admin } from './admin.ts';
import type { Called } from './agent.ts';
import type { Narrator } from './narrate.ts';
import { proveRecord } from './proof.ts';
import type { Expected, Play, Scene } from './stage.ts';

export interface Teller {
  readonly play: Play;
  told(): { readonly scenes: number; readonly failed: number };
}

export interface TellerParts {
  readonly admin: Admin;
  readonly logRoot: string;
  readonly narrator: Pick<Narrator, 'scene'>;
}

/** Proves and tells each call. INVARIANT: without a proved record no scene went as told. */
export function createTeller({ admin, logRoot, narrator }: TellerParts): Teller {
  let scenes = 0;
  let failed = 0;
  return {
    async play(expected, called, note) {
      const { record } = called;
      const proof = record === null ? 'missing' : await proveRecord(admin, logRoot, record);
      const wrong = misfit(expected, called);
      const beside = wrong ?? note;
      const played: Scene = {
        scene: expected.scene,
        told: expected.told,
        call: called.call,
        decision: called.decision,
        code: called.code,
        record,
        proof,
        ok: wrong === undefined && proof === 'verified',
        ...(beside === undefined ? {} : { note: beside }),
      };
      scenes += 1;
      if (!played.ok) failed += 1;
      narrator.scene(played);
      return played;
    },
    told: () => ({ scenes, failed }),
  };
}

function misfit({ decision, code, check }: Expected, called: Called): string | undefined {
  if (called.decision !== decision) return `it should have been ${decision}`;
  if (called.code !== (code ?? null)) return `the code should have been ${code ?? 'none'}`;
  return check?.(called);
}
