import { useSyncExternalStore } from 'react';
import { staleBy } from './ask.ts';
import { eventsOf } from './events-of.ts';
import { askAgainWhoIAm, openEvents } from './session.ts';

let isLive = false;
const listeners = new Set<() => void>();

/** Whether changes are told here as they happen; where they are not, lists are asked again and again. */
export const useLive = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isLive,
  );

function become(next: boolean): void {
  if (isLive === next) return;
  isLive = next;
  for (const listener of listeners) listener();
}

const shortestWaitMs = 1_000;
const longestWaitMs = 30_000;

/** Listens until it is stopped, while somebody looks. */
export function keepListening(): () => void {
  const over = new AbortController();
  void listenAgain(over.signal).catch(() => undefined);
  return () => {
    over.abort();
    become(false);
  };
}

async function listenAgain(over: AbortSignal): Promise<void> {
  let waitMs = shortestWaitMs;
  while (!over.aborted) {
    await seen(over);
    const heard = await listen(over).catch(() => 'nothing' as const);
    become(false);
    if (heard === 'ended') await askAgainWhoIAm();
    waitMs = heard === 'nothing' ? Math.min(waitMs * 2, longestWaitMs) : shortestWaitMs;
    await rest(waitMs, over);
  }
}

/** A page that nobody sees asks for nothing, so that a sign-in that nobody uses can end. */
function seen(over: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      if (document.visibilityState !== 'visible' && !over.aborted) return;
      document.removeEventListener('visibilitychange', end);
      resolve();
    };
    document.addEventListener('visibilitychange', end);
    over.addEventListener('abort', end, { once: true });
  });
}

const rest = (ms: number, over: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    over.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

async function listen(over: AbortSignal): Promise<'nothing' | 'something' | 'ended'> {
  const response = await openEvents(over);
  if (response.status === 401) return 'ended';
  if (!response.ok || response.body === null) return 'nothing';
  become(true);
  for await (const { name, data } of eventsOf(response.body)) {
    if (name === 'ended') return 'ended';
    // The first after a gap names every list: whatever changed in it is asked again.
    if (name === 'changed') staleBy(Object.keys(JSON.parse(data) as object));
  }
  return 'something';
}
