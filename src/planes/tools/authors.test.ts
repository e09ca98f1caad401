import { beforeEach, describe, expect, it } from 'vitest';
import type { DocumentReview, ListedReview, ReviewPage } from '#contracts/document-change.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { ManualClock } from '#kernel/time.ts';
import { createToolAuthors } from './index.ts';

let stored: StoredDocument;
let reviews: readonly DocumentReview[];
let endedAt: number | undefined;

const document = (appliedBy: string, of = 'now'): StoredDocument => ({
  tenant: 'main',
  kind: 'ToolServer',
  name: 'billing',
  spec: { of },
  digest: of,
  owner: 'api',
  version: 2,
  appliedAt: 1_000,
  appliedBy,
});

const step = (name: string, of = 'now') => ({
  kind: 'ToolServer',
  name,
  before: undefined,
  spec: { of },
});

let written = 0;

/** Decided a moment before what it put in force. */
const review = (over: Partial<DocumentReview>): DocumentReview => ({
  id: `review-${(written += 1)}`,
  owner: 'api',
  steps: [step('billing')],
  seal: '',
  askedBy: 'cleo',
  reason: 'x',
  askedAt: 900,
  until: 9_000,
  state: 'applied',
  decidedBy: 'ann',
  decidedAt: 999,
  ...over,
});

beforeEach(() => {
  [stored, reviews, endedAt] = [document('ann'), [], undefined];
});

function pageOf({ limit, before }: ReviewPage = { limit: 500 }): readonly ListedReview[] {
  const from = reviews.findIndex(({ id }) => id === before?.id) + 1;
  return reviews.slice(from, from + limit).map(({ steps, ...one }) => ({
    ...one,
    documents: steps.map(({ kind, name }) => `${kind}/${name}`),
  }));
}

const authors = () =>
  createToolAuthors({
    clock: new ManualClock(),
    documents: {
      get: async (_tenant, kind, name) =>
        kind === 'ToolServer' && name === 'billing' ? stored : undefined,
      list: async () => [stored],
    },
    documentReviews: {
      get: async (_tenant, id) => reviews.find((one) => one.id === id),
      list: async (_tenant, page) => pageOf(page),
      bootstrap: async () => ({ begunAt: 0, until: 1, endedAt }),
    },
  });

const authorsOf = (server: string) => authors().authorsOf('main', server);

describe('who wrote a tool server', () => {
  it('is who put its document, or who asked for the change that somebody else put in force [TOL-07]', async () => {
    expect(await authorsOf('billing')).toEqual(['ann']);
    expect(await authorsOf('other')).toEqual([]);
    reviews = [
      review({ askedBy: 'dora', state: 'rejected' }),
      review({ askedBy: 'eve', steps: [step('mail')] }),
      review({ askedBy: 'finn', steps: [step('billing', 'before')] }),
    ];
    expect(await authorsOf('billing')).toEqual(['ann']);
    reviews = [...reviews, review({})];
    expect(await authorsOf('billing')).toEqual(['cleo']);
    [stored, reviews] = [document('folder'), []];
    expect(await authorsOf('billing')).toEqual([]);
  });

  it('is also whoever put there what another had asked for and nobody agreed to [TOL-07]', async () => {
    reviews = [review({ decidedBy: 'system/changes' })];
    expect(await authorsOf('billing')).toEqual(['cleo', 'ann']);
  });

  it('is found however much was asked for since [TOL-07]', async () => {
    const since = Array.from({ length: 1_000 }, () => review({ state: 'rejected' }));
    reviews = [...since, review({})];
    expect(await authorsOf('billing')).toEqual(['cleo']);
  });

  it('is alone until somebody else was there who may say yes [TOL-07]', async () => {
    expect(await authors().isSomebodyElse('main')).toBe(false);
    endedAt = 5;
    expect(await authors().isSomebodyElse('main')).toBe(true);
  });
});
