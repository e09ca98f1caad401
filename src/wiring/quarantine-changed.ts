import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { JudgeParts, Look } from './tools-look.ts';

const by = 'system/refresh';

/**
 * Every tool that is another than its pin is stopped on every gateway. Many at once are one
 * quarantine of the whole server: the overlay stays small, and what is stopped is never less.
 */
export async function quarantineChanged(parts: JudgeParts, look: Look): Promise<void> {
  const changed = look.changes.filter(({ state }) => state === 'quarantined');
  if (changed.length === 0) return;
  const { entries } = await parts.overlay.current();
  const held = entries.filter((entry) => isOf(entry, look));
  if (held.some(isWhole)) return;
  if (held.length + changed.length > limits.quarantinesPerServer) {
    await parts.overlay.add({
      ...entryOf(parts, look, undefined),
      reason: 'many definitions changed since they were approved',
    });
    return;
  }
  for (const { tool, observedDigest } of changed) {
    if (held.some((entry) => isSame(entry, tool, observedDigest))) continue;
    await parts.overlay.add({
      ...entryOf(parts, look, tool),
      ...(observedDigest === undefined ? {} : { digest: observedDigest }),
    });
  }
}

/** A quarantine of this tenant's server, or of a tool of it. */
export function isOf(
  { why, target }: OverlayEntry,
  { tenant, server }: Pick<Look, 'tenant' | 'server'>,
): boolean {
  return (
    why === 'quarantine' &&
    target.kind === 'target' &&
    target.tenant === tenant &&
    target.target.kind === 'tool' &&
    target.target.owner === server
  );
}

/** Of a whole server, with everything that it has. */
export function isWhole({ target }: OverlayEntry): boolean {
  return target.kind === 'target' && target.target.name === undefined;
}

function isSame({ target, digest }: OverlayEntry, tool: string, seen: string | undefined): boolean {
  return target.kind === 'target' && target.target.name === tool && digest === seen;
}

function entryOf(
  { clock }: JudgeParts,
  { tenant, server }: Look,
  tool: string | undefined,
): OverlayEntry {
  const at = clock.now();
  return {
    id: newId(at),
    target: { kind: 'target', tenant, target: { kind: 'tool', owner: server, name: tool } },
    why: 'quarantine',
    by,
    reason: 'the definition changed since it was approved',
    at,
  };
}
