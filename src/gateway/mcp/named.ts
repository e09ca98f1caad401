import { anyOwner, type Target } from '#kernel/target.ts';
import { parseWireName } from '#contracts/wire-name.ts';

type Named = { readonly target: Target; readonly named: string };

/**
 * What a name of the wire means by itself: the path asks the reader's own toolset first. At the address
 * of one server it is that server's own name for it. INVARIANT: there it is judged and recorded with the
 * server in front, in the form that no toolset has, so that it can mean nothing of another server.
 */
export function namedOnWire(
  kind: 'tool' | 'prompt',
  name: string,
  server: string | undefined,
): Named {
  if (server !== undefined) {
    return { target: { kind, owner: server, name }, named: `${server}.${name}` };
  }
  const id = parseWireName(name);
  const target =
    id === undefined ? { kind, owner: anyOwner, name } : { kind, owner: id.server, name: id.tool };
  return { target, named: name };
}
