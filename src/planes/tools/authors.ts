import { isReviewed } from '#contracts/config-mode.ts';
import type { ListedReview, ReviewBook } from '#contracts/document-change.ts';
import type { DocumentStore, StoredDocument } from '#contracts/document-store.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import type { ToolAuthors } from './self-approval.ts';

type Reviews = Pick<ReviewBook, 'list' | 'get'>;

/** Who wrote the document of a tool server, as its versions and the reviews of documents say it. */
export function createToolAuthors({
  documents,
  documentReviews: reviews,
  clock,
}: {
  readonly documents: Pick<DocumentStore, 'get' | 'list'>;
  readonly documentReviews: Pick<ReviewBook, 'bootstrap'> & Reviews;
  readonly clock: Clock;
}): ToolAuthors {
  return {
    async authorsOf(tenant, server) {
      const stored = await documents.get(tenant, 'ToolServer', server);
      if (stored === undefined) return [];
      const { askedBy, isAgreed } = await putInForce(reviews, stored);
      // Whoever agreed to a change put it in force; whoever asked for it wrote it.
      const authors = isAgreed ? askedBy : [...askedBy, stored.appliedBy];
      return authors.filter((author) => author !== 'folder');
    },
    // Also where documents follow: what is counted is people.
    isSomebodyElse: (tenant) =>
      isReviewed({ documents, reviews }, { mode: 'auto', tenant, now: clock.now() }),
  };
}

const pageSize = 500;

interface PutInForce {
  readonly askedBy: readonly string[];
  /** Whoever put it there said yes to what somebody else had asked for. */
  readonly isAgreed: boolean;
}

/**
 * The reviews that say to the letter what stands there. INVARIANT: no times are compared: a review is decided as of
 * before what it put in force.
 */
async function putInForce(reviews: Reviews, stored: StoredDocument): Promise<PutInForce> {
  const { tenant } = stored;
  const askedBy: string[] = [];
  let isAgreed = false;
  let last: ListedReview | undefined;
  do {
    const before = last === undefined ? {} : { before: { at: last.askedAt, id: last.id } };
    const page = await reviews.list(tenant, { limit: pageSize, ...before });
    for (const one of page) {
      if (!(await says(reviews, one, stored))) continue;
      askedBy.push(one.askedBy);
      isAgreed ||= one.decidedBy === stored.appliedBy;
    }
    last = page.length < pageSize ? undefined : page.at(-1);
    // INVARIANT: however much was asked for since, whoever asked for this is found.
  } while (last !== undefined && !isAgreed);
  return { askedBy, isAgreed };
}

async function says(
  reviews: Reviews,
  { id, state, documents }: ListedReview,
  { tenant, kind, name, spec }: StoredDocument,
): Promise<boolean> {
  if (state !== 'applied' || !documents.includes(`${kind}/${name}`)) return false;
  const step = (await reviews.get(tenant, id))?.steps.find(
    (one) => one.kind === kind && one.name === name,
  );
  return step?.spec !== undefined && canonicalText(step.spec) === canonicalText(spec);
}
