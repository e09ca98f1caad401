import { BailiwickError } from '#kernel/errors.ts';
import { isStop, type OverlayEntry, type StopEntry, type StopTarget } from '#kernel/overlay.ts';
import { parseStopTarget, stopTargetText, stopTargetWords } from '#kernel/stop-target.ts';
import type { TargetKind } from '#kernel/target.ts';

/** As a person names it; the tenant is not theirs to name, but for a stop of the whole tenant. */
export interface NamedTarget {
  readonly kind: Exclude<StopTarget['kind'], 'target'> | TargetKind;
  readonly name?: string | undefined;
}

export function targetOf({ kind, name }: NamedTarget, tenant: string): StopTarget {
  const target = parseStopTarget(kind, name, tenant);
  if (target !== undefined) return target;
  throw new BailiwickError('api/invalid', {
    message: `\`${nameOf({ kind, name })}\` names nothing that can be stopped`,
    suggestedAction: `write one of: ${stopTargetWords}`,
  });
}

export function nameOf({ kind, name }: NamedTarget, target?: StopTarget): string {
  if (kind === 'all') return 'everything';
  // A tool has several spellings; on record it has one.
  return target?.kind === 'target' ? stopTargetText(target) : `${kind} ${name ?? ''}`;
}

/**
 * What one tenant sees of the overlay. That everything is stopped concerns everybody; who did it
 * and why is told to the tenant that runs the system only.
 */
export function seenBy(
  entries: readonly OverlayEntry[],
  tenant: string,
  systemTenant: string,
): StopEntry[] {
  return entries.filter(isStop).flatMap((entry) => {
    if (entry.target.kind !== 'all') return entry.target.tenant === tenant ? [entry] : [];
    return [tenant === systemTenant ? entry : { ...entry, by: 'the operator', reason: '' }];
  });
}
