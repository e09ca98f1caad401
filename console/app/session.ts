import { useSyncExternalStore } from 'react';
import { ControlProblem, createApiClient, type AnswerOf } from '../../sdk/api/index.ts';

export type Me = AnswerOf<'GET /v1/me'>;

type Session =
  | { readonly kind: 'looking' }
  | { readonly kind: 'nobody'; readonly why?: string }
  | { readonly kind: 'signed-in'; readonly me: Me };

/** INVARIANT: in memory only; a page that is loaded again has forgotten it. */
let credential: string | undefined;
let session: Session = { kind: 'looking' };
const listeners = new Set<() => void>();

export const api = createApiClient({ url: '', credential: () => credential });

export function useSession(): Session {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => session,
  );
}

function become(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

export async function signIn(given: string): Promise<void> {
  credential = given;
  try {
    become({ kind: 'signed-in', me: await api.ask('GET /v1/me') });
  } catch (fault) {
    credential = undefined;
    become({ kind: 'nobody', why: wordsOf(fault) });
  }
}

/**
 * By the browser's own sign-in, which outlasts this page and is none of its business: the cookie is not for scripts.
 * Kept here is that there was one: whoever never signed in by this browser is not asked about on the server.
 */
export async function comeBack(): Promise<void> {
  const place = new URL(location.href);
  if (place.searchParams.has('signed-in')) {
    localStorage.setItem('signed-in', 'yes');
    place.searchParams.delete('signed-in');
    history.replaceState(null, '', place);
  }
  if (localStorage.getItem('signed-in') === null) return become({ kind: 'nobody' });
  try {
    become({ kind: 'signed-in', me: await api.ask('GET /v1/me') });
  } catch (fault) {
    if (fault instanceof ControlProblem) localStorage.removeItem('signed-in');
    become(
      fault instanceof ControlProblem
        ? { kind: 'nobody' }
        : { kind: 'nobody', why: wordsOf(fault) },
    );
  }
}

export async function signOut(): Promise<void> {
  const byBrowser = credential === undefined;
  credential = undefined;
  if (byBrowser) await fetch('/sign-out', { method: 'POST', redirect: 'manual' });
  localStorage.removeItem('signed-in');
  become({ kind: 'nobody' });
}

/** Which lists change, as events. With the credential where any other question has it, never in the address. */
export function openEvents(signal: AbortSignal): Promise<Response> {
  const headers = new Headers(
    credential === undefined ? {} : { authorization: `Bearer ${credential}` },
  );
  return fetch('/v1/events', { headers, signal, cache: 'no-store' });
}

/** Who they are may have changed: asked anew, and nobody where they are nobody any more. */
export async function askAgainWhoIAm(): Promise<void> {
  try {
    become({ kind: 'signed-in', me: await api.ask('GET /v1/me') });
  } catch (fault) {
    noteFault(fault);
  }
}

/** Somebody whose sign-in ended meanwhile is told so, where they are. */
export function noteFault(fault: unknown): void {
  if (!(fault instanceof ControlProblem) || fault.code !== 'api/unauthorized') return;
  credential = undefined;
  localStorage.removeItem('signed-in');
  become({ kind: 'nobody', why: 'Your sign-in has ended.' });
}

export function wordsOf(fault: unknown): string {
  if (fault instanceof ControlProblem) {
    return fault.suggestedAction === ''
      ? fault.message
      : `${fault.message}: ${fault.suggestedAction}`;
  }
  return 'The control program does not answer. It may be starting again.';
}
