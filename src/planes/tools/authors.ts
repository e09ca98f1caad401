import { isReviewed } from '#contracts/config-mode.ts';
import type { DocumentStore } from '#contracts/document-store.ts';
import type { ReviewBook } from '#contracts/document-change.ts';
import type { Clock } from '#kernel/time.ts';
import type { ToolAuthors } from './self-approval.ts';

/** Who wrote the document of a tool server, as its versions and the reviews of documents say it. */
export function createToolAuthors({
  documents,
  documentReviews: reviews,
  clock,
}: {
  readonly documents: Pick<DocumentStore, 'get' | 'list'>;
  readonly documentReviews: Pick<ReviewBook, 'bootstrap' | 'list'>;
  readonly clock: Clock;
}): ToolAuthors {
  return {
    async authorOf(tenant, server) {
      const stored = await documents.get(tenant, 'ToolServer', server);
      if (stored === undefined) return undefined;
      // Whoever agreed to a change put it in force; whoever asked for it wrote it.
      const review = (await reviews.list(tenant)).find(
        ({ state, documents: of, decidedAt = 0 }) =>
          state === 'applied' &&
          of.includes(`ToolServer/${server}`) &&
          decidedAt >= stored.appliedAt,
      );
      const author = review?.askedBy ?? stored.appliedBy;
      return author === 'folder' ? undefined : author;
    },
    // Also where documents follow: what is counted is people.
    isSomebodyElse: (tenant) =>
      isReviewed({ documents, reviews }, { mode: 'auto', tenant, now: clock.now() }),
  };
}
