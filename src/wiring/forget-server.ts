import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { Reaction } from './reaction.ts';

/**
 * What was approved of a tool server goes with its document. INVARIANT: another server that gets its
 * name later begins with nothing approved.
 */
export function forgetServer(parts: {
  readonly catalogue: Pick<ToolCatalogue, 'forget'>;
  readonly recompile: () => Promise<unknown>;
}): Reaction {
  return {
    kind: 'server-removed',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { server } = body;
        if (typeof server === 'string') await parts.catalogue.forget(tenant, server);
      }
      await parts.recompile();
    },
  };
}
