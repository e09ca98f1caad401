import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';

let told = { text: '', number: 0 };
const listeners = new Set<() => void>();

/** What an act came to, for eyes and for ears. */
export function tell(text: string): void {
  told = { text, number: told.number + 1 };
  for (const listener of listeners) listener();
}

export function Told(): ReactNode {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => told,
  );
  const [hidden, setHidden] = useState(0);
  useEffect(() => {
    if (now.text === '') return undefined;
    const timer = setTimeout(() => setHidden(now.number), 12_000);
    return () => clearTimeout(timer);
  }, [now]);
  const isShown = now.text !== '' && hidden !== now.number;
  return (
    <div
      role="status"
      className={
        isShown
          ? 'fixed right-4 bottom-20 left-4 z-20 rounded-lg border border-line bg-ink px-4 py-3 text-paper shadow-lg sm:bottom-4 sm:left-auto sm:max-w-md'
          : 'sr-only'
      }
    >
      {isShown ? now.text : ''}
    </div>
  );
}
