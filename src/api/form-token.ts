import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PersonSession } from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** Of this life of the program: a page that was open over a restart is opened again. */
const formKey = randomBytes(32);

/** What a form of ours carries: for this sign-in, about this one thing. */
export function formToken({ id }: Pick<PersonSession, 'id'>, about: string): string {
  return createHmac('sha256', formKey).update(`${about}\n${id}`).digest('base64url');
}

/** INVARIANT: a form that our page did not make, or made for another sign-in or thing, does nothing. */
export function checkFormToken(
  session: Pick<PersonSession, 'id'>,
  about: string,
  given: string | undefined,
): void {
  const wanted = Buffer.from(formToken(session, about));
  const had = Buffer.from(given ?? '');
  if (had.length === wanted.length && timingSafeEqual(had, wanted)) return;
  throw new BailiwickError('oauth/forged-form');
}
