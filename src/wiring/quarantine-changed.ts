import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { JudgeParts, Look } from './judge-tools.ts';

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
  if (held.some(({ target }) => target.kind === 'tool' && target.tool === undefined)) return;
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
    target.kind === 'tool' &&
    target.tenant === tenant &&
    target.server === server
  );
}

function isSame(entry: OverlayEntry, tool: string, digest: string | undefined): boolean {
  return entry.target.kind === 'tool' && entry.target.tool === tool && entry.digest === digest;
}

function entryOf(
  { clock }: JudgeParts,
  { tenant, server }: Look,
  tool: string | undefined,
): OverlayEntry {
  const at = clock.now();
  return {
    id: newId(at),
    target: { kind: 'tool', tenant, server, tool },
    why: 'quarantine',
    by,
    reason: 'the definition changed since it was approved',
    at,
  };
}
