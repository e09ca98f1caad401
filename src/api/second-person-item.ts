import type { ReviewBook } from '#contracts/document-change.ts';
import type { Store } from '#contracts/store.ts';
import { type Clock, isoTime } from '#kernel/time.ts';

export interface SecondPersonItem {
  readonly item: 'second person';
  readonly state: 'red' | 'green';
  readonly why: string;
}

/** Whether what is risky of documents waits for somebody else. */
export interface Mode {
  readonly configMode?: 'follow' | 'review';
}

interface Asked {
  readonly store: Pick<Store, 'documentReviews'>;
  readonly tenant: string;
  readonly settings: Mode;
  readonly clock: Pick<Clock, 'now'>;
}

/** The lines with this one as the store knows it, in its place. */
export async function withSecondPerson<Item extends { readonly item: string }>(
  { store, tenant, settings, clock }: Asked,
  items: readonly Item[],
): Promise<readonly (Item | SecondPersonItem)[]> {
  const reviews = store.documentReviews;
  const mode = settings.configMode ?? 'follow';
  const second = await secondPersonItem({ reviews, tenant, mode, now: clock.now() });
  return items.map((one) => (one.item === second.item ? second : one));
}

/** Whether somebody else looks before documents give more. */
export async function secondPersonItem(of: {
  readonly reviews: Pick<ReviewBook, 'bootstrap' | 'countOpen'>;
  readonly tenant: string;
  readonly mode: 'follow' | 'review';
  readonly now: number;
}): Promise<SecondPersonItem> {
  const { reviews, tenant, mode, now } = of;
  const item = 'second person';
  const open = await reviews.countOpen(tenant, now);
  const waits = open === 0 ? '' : `; ${open} wait for somebody (\`bailiwick change list\`)`;
  if (mode === 'follow') {
    const why = `documents of the folder and of single commands come into force by one person; \`up --config-mode review\` lets what is risky wait${waits}`;
    return { item, state: 'red', why };
  }
  const { endedAt, until } = await reviews.bootstrap(tenant, now);
  if (endedAt === undefined && now < until) {
    const why = `one person alone says yes to themselves until ${isoTime(until)}, or until somebody else is added`;
    return { item, state: 'red', why: `${why}${waits}` };
  }
  return {
    item,
    state: 'green',
    why: `what is risky of documents waits for somebody else${waits}`,
  };
}
