import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { createEffectDesk, type EffectDesk } from '#planes/audit/index.ts';
import { createObjectDesk, type ObjectDesk } from '#planes/monitoring/index.ts';

/** What calls left behind: effects that nobody knows of, and things that carry what their writers carried. */
export function openLeftDesks(
  { effects, overlay, objects }: Pick<Store, 'effects' | 'overlay' | 'objects'>,
  shared: { readonly recorder: DeskRecorder; readonly clock: Clock },
): { readonly effects: EffectDesk; readonly objects: ObjectDesk } {
  return {
    effects: createEffectDesk({ ...shared, effects, overlay }),
    objects: createObjectDesk({ ...shared, objects }),
  };
}
