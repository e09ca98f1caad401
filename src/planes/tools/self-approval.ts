import type { Act } from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';

/** Who wrote what a server is, and who else there is. */
export interface ToolAuthors {
  /** Who put the document of the server or changed it last. Undefined: a folder did, or nobody. */
  authorOf(tenant: string, server: string): Promise<string | undefined>;
  /** Whether somebody else is there who may say yes, as where documents wait for one. */
  isSomebodyElse(tenant: string): Promise<boolean>;
}

interface Parts {
  readonly authors: ToolAuthors;
  readonly snapshot: () => Snapshot | undefined;
}

/**
 * INVARIANT: nobody alone brings a server and opens what it writes with, where somebody else may look. One person alone
 * may, and that it was so stands in the record.
 */
export async function checkAuthor(
  { authors, snapshot }: Parts,
  { by, server, tool }: Act & { readonly server: string; readonly tool: string },
): Promise<JsonObject> {
  const of = snapshot()?.tenants[by.tenant]?.servers[server];
  const toolClass = of?.tools[tool] ?? of?.defaultClass;
  // Of what no document says anything the worst is believed.
  if (toolClass?.effect === 'read' && toolClass.isUndeclared !== true) return {};
  const author = await authors.authorOf(by.tenant, server);
  if (author === undefined || folded(author) !== folded(by.name)) return {};
  if (!(await authors.isSomebodyElse(by.tenant))) return { selfApproved: true };
  throw new BailiwickError('tools/own-server', { details: { author } });
}

/** INVARIANT: in any spelling. */
function folded(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase();
}
