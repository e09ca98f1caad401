import { type ConfigMode, isReviewed, type ModeParts } from '#contracts/config-mode.ts';
import type { ReviewBook } from '#contracts/document-change.ts';
import type { Store } from '#contracts/store.ts';
import { type Clock, isoTime } from '#kernel/time.ts';

export interface SecondPersonItem {
  readonly item: 'second person';
  readonly state: 'red' | 'green';
  readonly why: string;
}

/** Where this is, and whether what is risky of documents waits for somebody else. */
export interface Mode {
  readonly environment?: string | undefined;
  readonly configMode?: ConfigMode;
}

/** What whoever starts it says of it. */
export function startedAs(settings: Pick<Mode, 'environment'> & { readonly version: string }) {
  return { version: settings.version, environment: settings.environment ?? null };
}

interface Asked {
  readonly store: Pick<Store, 'documentReviews' | 'documents'>;
  readonly tenant: string;
  readonly settings: Mode;
  readonly clock: Pick<Clock, 'now'>;
}

/** The lines with this one as the store knows it, in its place. */
export async function withSecondPerson<Item extends { readonly item: string }>(
  { store, tenant, settings, clock }: Asked,
  items: readonly Item[],
): Promise<readonly (Item | SecondPersonItem)[]> {
  const { documents, documentReviews: reviews } = store;
  const mode = settings.configMode ?? 'auto';
  const second = await secondPersonItem({ documents, reviews, tenant, mode, now: clock.now() });
  return items.map((one) => (one.item === second.item ? second : one));
}

/** Whether somebody else looks before documents give more. */
export async function secondPersonItem(of: {
  readonly documents: ModeParts['documents'];
  readonly reviews: Pick<ReviewBook, 'bootstrap' | 'countOpen'>;
  readonly tenant: string;
  readonly mode: ConfigMode;
  readonly now: number;
}): Promise<SecondPersonItem> {
  const { reviews, tenant, mode, now } = of;
  const item = 'second person';
  const open = await reviews.countOpen(tenant, now);
  const waits = open === 0 ? '' : `; ${open} wait for somebody (\`bailiwick change list\`)`;
  if (!(await isReviewed(of, { mode, tenant, now }))) {
    const why =
      mode === 'follow'
        ? 'documents of the folder and of single commands come into force by one person, because of `--config-mode follow`; without it what is risky waits'
        : 'one person alone may say yes to documents here, so they come into force as they are written; what is risky waits once a second operator or admin may: `bailiwick person add NAME --role operator`';
    return { item, state: 'red', why: `${why}${waits}` };
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
