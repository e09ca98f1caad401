import type { HeldDifference } from '#contracts/kept-holds.ts';
import type { RightsDifference } from '#contracts/kept-rights.ts';
import { holdsItem } from './holds-item.ts';
import { rightsItem } from './rights-item.ts';

/** What the store says otherwise than it is known beside the keys. */
export interface KeptDifferences {
  readonly holdsDiffer: () => readonly HeldDifference[];
  /** Of people, passkeys and tokens. */
  readonly rightsDiffer: () => readonly RightsDifference[];
}

export function keptItems({ holdsDiffer, rightsDiffer }: KeptDifferences) {
  return [holdsItem(holdsDiffer()), rightsItem(rightsDiffer())] as const;
}
