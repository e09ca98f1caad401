import type { Store } from '#contracts/store.ts';
import { createToolAuthors, createToolDesk, type ToolDesk } from '#planes/tools/index.ts';

type Given = Parameters<typeof createToolDesk>[0];

/** What people say of tools; whoever wrote a server is found in its documents. */
export function openToolDesk({
  store,
  ...parts
}: Pick<Given, 'recorder' | 'clock' | 'snapshot' | 'recompile'> & {
  readonly store: Store;
}): ToolDesk {
  const { catalogue, overlay } = store;
  const authors = createToolAuthors({ ...store, clock: parts.clock });
  return createToolDesk({ ...parts, catalogue, overlay, authors });
}
