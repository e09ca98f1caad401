import type { Act } from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isSamePerson } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { shapeOf } from './definition/index.ts';

/** Who wrote what a server is, and who else there is. */
export interface ToolAuthors {
  /** Who put the document of the server or changed it last. Empty: a folder did, or nobody. */
  authorsOf(tenant: string, server: string): Promise<readonly string[]>;
  /** Whether somebody else is there who may say yes, as where documents wait for one. */
  isSomebodyElse(tenant: string): Promise<boolean>;
}

interface Parts {
  readonly authors: ToolAuthors;
  readonly snapshot: () => Snapshot | undefined;
}

interface Asked {
  readonly server: string;
  readonly tool: string;
  /** What it shows. */
  readonly definition: JsonObject;
}

/**
 * INVARIANT: nobody alone brings a server and opens what it writes with, where somebody else may look. One person alone
 * may, and that it was so stands in the record.
 */
export async function checkAuthor(
  { authors, snapshot }: Parts,
  { by, server, tool, definition }: Act & Asked,
): Promise<JsonObject> {
  const of = snapshot()?.tenants[by.tenant]?.servers[server];
  const toolClass = of?.tools[tool] ?? of?.defaultClass;
  // Of what no document says anything the worst is believed; what shows that it writes does, whatever its author says.
  const isRead = toolClass?.effect === 'read' && toolClass.isUndeclared !== true;
  if (isRead && shapeOf(definition).writing === undefined) return {};
  const all = await authors.authorsOf(by.tenant, server);
  const author = all.find((one) => isSamePerson(one, by.name));
  if (author === undefined) return {};
  if (!(await authors.isSomebodyElse(by.tenant))) return { selfApproved: true };
  throw new BailiwickError('tools/own-server', { details: { author } });
}
