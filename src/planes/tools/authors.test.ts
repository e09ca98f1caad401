import { beforeEach, describe, expect, it } from 'vitest';
import type { ListedReview } from '#contracts/document-change.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { ManualClock } from '#kernel/time.ts';
import { createToolAuthors } from './index.ts';

let stored: StoredDocument;
let reviews: readonly ListedReview[];
let endedAt: number | undefined;

const document = (appliedBy: string): StoredDocument => ({
  tenant: 'main',
  kind: 'ToolServer',
  name: 'billing',
  spec: {},
  digest: 'd',
  owner: 'api',
  version: 2,
  appliedAt: 1_000,
  appliedBy,
});

const review = (over: Partial<ListedReview>): ListedReview => ({
  id: 'r',
  owner: 'api',
  documents: ['ToolServer/billing'],
  askedBy: 'cleo',
  reason: 'x',
  askedAt: 900,
  until: 9_000,
  state: 'applied',
  decidedBy: 'ann',
  decidedAt: 1_000,
  ...over,
});

beforeEach(() => {
  [stored, reviews, endedAt] = [document('ann'), [], undefined];
});

const authors = () =>
  createToolAuthors({
    clock: new ManualClock(),
    documents: {
      get: async (_tenant, kind, name) =>
        kind === 'ToolServer' && name === 'billing' ? stored : undefined,
      list: async () => [stored],
    },
    documentReviews: {
      list: async () => reviews,
      bootstrap: async () => ({ begunAt: 0, until: 1, endedAt }),
    },
  });

describe('who wrote a tool server', () => {
  it('is who put its document, or who asked for the change that somebody else put in force [TOL-07]', async () => {
    expect(await authors().authorOf('main', 'billing')).toBe('ann');
    expect(await authors().authorOf('main', 'other')).toBeUndefined();
    reviews = [
      review({ askedBy: 'dora', state: 'rejected' }),
      review({ askedBy: 'eve', documents: ['ToolServer/mail'] }),
      review({ askedBy: 'finn', decidedAt: 10 }),
    ];
    expect(await authors().authorOf('main', 'billing')).toBe('ann');
    reviews = [...reviews, review({})];
    expect(await authors().authorOf('main', 'billing')).toBe('cleo');
    [stored, reviews] = [document('folder'), []];
    expect(await authors().authorOf('main', 'billing')).toBeUndefined();
  });

  it('is alone until somebody else was there who may say yes [TOL-07]', async () => {
    expect(await authors().isSomebodyElse('main')).toBe(false);
    endedAt = 5;
    expect(await authors().isSomebodyElse('main')).toBe(true);
  });
});
