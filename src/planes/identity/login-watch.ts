import { z } from 'zod';
import type { LoginAsk, LoginDrop } from '#contracts/login-drop.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import type { PeopleDesk } from './door.ts';

/** A credential that was renewed not long ago. */
export interface RecentLogin {
  readonly name: string;
  readonly uid: number;
  readonly at: number;
}

export interface LoginWatch {
  readonly look: () => Promise<void>;
  /** Undefined when there was none for a day. */
  readonly recent: () => RecentLogin | undefined;
}

const ask = z.strictObject({
  name: z.string().min(1).max(64).optional(),
  credentialDigest: z.string().regex(/^[0-9a-f]{64}$/),
  /** When whoever asks stops waiting. */
  until: z.number(),
});
const login = z.strictObject({ name: z.string(), uid: z.number(), at: z.number() });

/** A request says itself how long it stands, and never longer than this. */
export const loginAskMs = 60_000;

/** So long everybody who looks at the status is told. */
export const loginToldMs = 86_400_000;

/** Answers whoever owns the keys. INVARIANT: what was done is told for a day, also after a restart. */
export function createLoginWatch(parts: {
  readonly drop: LoginDrop;
  readonly desk: Pick<PeopleDesk, 'renew'>;
  readonly clock: Clock;
}): LoginWatch {
  const { drop, desk, clock } = parts;
  let last = lastOf(drop.last());
  const answer = async ({ id, uid, text }: LoginAsk): Promise<void> => {
    try {
      const { until, name: wanted, credentialDigest } = ask.parse(parseJson(text));
      const left = until - clock.now();
      // INVARIANT: nobody has a credential made that was not waited for: it would end the one before.
      if (!(left > 0 && left <= loginAskMs)) throw over();
      const { name, roles } = await desk.renew({ name: wanted, credentialDigest, uid });
      last = { name, uid, at: clock.now() };
      drop.keepLast(canonicalText({ ...last }));
      drop.answer(id, canonicalText({ name, role: roles.at(-1) ?? 'admin', roles: [...roles] }));
    } catch (fault) {
      drop.answer(id, canonicalText(problemOf(fault)));
    }
  };
  return {
    async look() {
      for (const one of drop.take(clock.now() - loginAskMs)) await answer(one);
    },
    recent: () => (last !== undefined && clock.now() - last.at < loginToldMs ? last : undefined),
  };
}

function over(): BailiwickError {
  return new BailiwickError('api/invalid', {
    message: 'the time of this request for a credential is over',
    suggestedAction: 'run `bailiwick login` again',
  });
}

function lastOf(bytes: Uint8Array | undefined): RecentLogin | undefined {
  if (bytes === undefined) return undefined;
  try {
    return login.parse(parseJson(bytes));
  } catch {
    return undefined;
  }
}

function problemOf(fault: unknown): { code: string; message: string; suggestedAction: string } {
  const known =
    fault instanceof BailiwickError
      ? fault
      : new BailiwickError('api/invalid', { message: 'this is no request for a credential' });
  const { code, message, suggestedAction } = known;
  return { code, message, suggestedAction };
}
