import type { DocumentStore } from '#contracts/document-store.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import type { Reaction } from './reaction.ts';

interface Parts {
  readonly catalogue: Pick<ToolCatalogue, 'forget'>;
  readonly documents: Pick<DocumentStore, 'get' | 'history'>;
  /** The turn of whoever changes documents: a change that is being taken back is over first. */
  readonly alone: (tenant: string, act: () => Promise<void>) => Promise<void>;
  readonly recompile: () => Promise<unknown>;
}

/**
 * What was approved of a tool server goes with its document. INVARIANT: another server that gets its
 * name later begins with nothing approved.
 */
export function forgetServer(parts: Parts): Reaction {
  return {
    kind: 'server-removed',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { server } = body;
        if (typeof server === 'string') await forgetOne(parts, tenant, server);
      }
      await parts.recompile();
    },
  };
}

function forgetOne(parts: Parts, tenant: string, server: string): Promise<void> {
  return parts.alone(tenant, async () => {
    if (!(await wasTakenBack(parts, tenant, server))) await parts.catalogue.forget(tenant, server);
  });
}

/** It stands again, and came back to the letter as it went: a change that removed it was undone. */
async function wasTakenBack(
  { documents }: Parts,
  tenant: string,
  server: string,
): Promise<boolean> {
  if ((await documents.get(tenant, 'ToolServer', server)) === undefined) return false;
  const versions = await documents.history(tenant, 'ToolServer', server);
  const went = versions.findIndex(({ removed }) => removed !== undefined);
  return went > 0 && versions[went - 1]?.digest === versions[went]?.digest;
}
