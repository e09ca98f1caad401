import type { HeldDifference } from '#contracts/kept-holds.ts';
import type { RightsDifference } from '#contracts/kept-rights.ts';
import type { StopDifference } from '#contracts/kept-stops.ts';
import type { Override } from '#contracts/override-book.ts';
import type { Clock } from '#kernel/time.ts';
import { holdsItem } from './holds-item.ts';
import { overridesItem } from './overrides-item.ts';
import { rightsItem } from './rights-item.ts';
import { stopsItem } from './stops-item.ts';

/** What the store says otherwise than it is known beside the keys. */
export interface KeptDifferences {
  readonly holdsDiffer: () => readonly HeldDifference[];
  /** Of people, passkeys and tokens. */
  readonly rightsDiffer: () => readonly RightsDifference[];
  readonly stopsDiffer: () => readonly StopDifference[];
}

/** What is kept there and in no store. */
export interface KeptAlone {
  readonly overrides: () => readonly Override[];
  readonly clock: Pick<Clock, 'now'>;
}

export function keptItems({
  holdsDiffer,
  rightsDiffer,
  stopsDiffer,
  overrides,
  clock,
}: KeptDifferences & KeptAlone) {
  const given = overridesItem(overrides(), clock.now());
  const differ = [holdsItem(holdsDiffer()), rightsItem(rightsDiffer()), stopsItem(stopsDiffer())];
  return given === undefined ? differ : [...differ, given];
}
