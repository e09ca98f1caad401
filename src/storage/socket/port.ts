import type { OverlayListener } from '#contracts/overlay-feed.ts';
import type { SnapshotListener } from '#contracts/snapshot-feed.ts';
import type { StatePort } from '#contracts/store.ts';
import type { Json } from '#kernel/json/value.ts';
import { statePortMethods } from './methods.ts';

export interface PortCalls {
  ask(method: string, args: readonly unknown[]): Promise<Json>;
  subscribeSnapshots(listener: SnapshotListener): () => void;
  subscribeOverlay(listener: OverlayListener): () => void;
}

/** What is asked and answered; the feeds come by themselves. */
type Asked = {
  readonly [Book in keyof StatePort]: Omit<StatePort[Book], 'subscribe'>;
};

/** The contracts over a way to ask, made from the one table. Null on the wire is undefined here. */
export function portOver(calls: PortCalls): StatePort {
  const asking = (book: string, methods: object) =>
    Object.keys(methods).map((method) => [
      method,
      async (...args: readonly unknown[]) =>
        (await calls.ask(`${book}.${method}`, args)) ?? undefined,
    ]);
  // INVARIANT: the table has each method of each book, by its type; control answers as typed.
  const asked = Object.fromEntries(
    Object.entries(statePortMethods).map(([book, methods]) => [
      book,
      Object.fromEntries(asking(book, methods)),
    ]),
  ) as unknown as Asked;
  return {
    ...asked,
    snapshots: {
      ...asked.snapshots,
      subscribe: (listener) => calls.subscribeSnapshots(listener),
    },
    overlay: { ...asked.overlay, subscribe: (listener) => calls.subscribeOverlay(listener) },
  };
}
