import { alone, type Fellows, type OfferWord } from '#contracts/fellows.ts';
import type { ServerWords } from '../upstreams.ts';
import type { Listeners } from './listeners.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Who hears of what tool servers say about their offers: those who listen here, and at the others. */
export interface Hearers {
  readonly listeners: Pick<Listeners, 'offersChanged' | 'isWanted'>;
  readonly subscriptions: Pick<Subscriptions, 'isWanted'>;
}

export interface WordsToHearers extends ServerWords {
  /** Nobody listens before the front is there. */
  to(hearers: Hearers): void;
}

export function createServerWords(fellows: Pick<Fellows, 'others'> = alone): WordsToHearers {
  let hearers: Hearers | undefined;
  const tell = (word: OfferWord): void => {
    hearers?.listeners.offersChanged(word);
    // One connection to a server is enough for all: whoever has it hears for everybody.
    for (const { ask } of fellows.others) ask.offersChanged(word).catch(() => undefined);
  };
  return {
    to: (all) => void (hearers = all),
    changed: (tenant, server, kind) => tell({ tenant, server, kind }),
    updated: (tenant, server, uri) => tell({ tenant, server, kind: 'resource', uri }),
    isWatched: (tenant, server, uri) =>
      hearers?.subscriptions.isWanted(tenant, server, uri) === true ||
      hearers?.listeners.isWanted(tenant, server, uri) === true,
  };
}
