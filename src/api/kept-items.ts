import type { HeldDifference } from '#contracts/kept-holds.ts';
import type { RightsDifference } from '#contracts/kept-rights.ts';
import type { StopDifference } from '#contracts/kept-stops.ts';
import { holdsItem } from './holds-item.ts';
import { rightsItem } from './rights-item.ts';
import { stopsItem } from './stops-item.ts';

/** What the store says otherwise than it is known beside the keys. */
export interface KeptDifferences {
  readonly holdsDiffer: () => readonly HeldDifference[];
  /** Of people, passkeys and tokens. */
  readonly rightsDiffer: () => readonly RightsDifference[];
  readonly stopsDiffer: () => readonly StopDifference[];
}

export function keptItems({ holdsDiffer, rightsDiffer, stopsDiffer }: KeptDifferences) {
  return [holdsItem(holdsDiffer()), rightsItem(rightsDiffer()), stopsItem(stopsDiffer())] as const;
}
