import {
  type Compiler,
  createChangeDesk,
  createDocumentDesk,
  type DocumentDeskParts,
} from '#config/index.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { documentKinds } from '../catalogue.ts';

/** What people do to documents: one at a time, and many by a plan. */
export function openDocumentDesks(
  { store, compiler }: { readonly store: Store; readonly compiler: Compiler },
  shared: { readonly recorder: DeskRecorder; readonly clock: Clock },
) {
  const parts: DocumentDeskParts = {
    ...shared,
    documents: store.documents,
    kinds: documentKinds,
    alone: (...of) => compiler.alone(...of),
    rehearse: (tenant, document) => compiler.rehearse(tenant, document),
    rehearseWithout: (...of) => compiler.rehearseWithout(...of),
    recompile: () => compiler.recompile(),
  };
  return {
    documents: createDocumentDesk(parts),
    changes: createChangeDesk({
      ...parts,
      reviews: store.documentReviews,
      rehearseSteps: (tenant, steps) => compiler.rehearseSteps(tenant, steps),
    }),
  };
}
