import {
  actDraft,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
  type ReasonedAct,
} from '#contracts/desk.ts';
import type { EffectBook } from '#contracts/effect-book.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { EffectTarget, OverlayEntry, OverlayTarget } from '#kernel/overlay.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';

/** An effect that is not known, or the fence of a gateway that is gone. */
export type OpenEffect = OverlayEntry & {
  readonly target: EffectTarget | Extract<OverlayTarget, { kind: 'fence' }>;
};

/** What nobody knows of calls, for people. */
export interface EffectDesk {
  list(tenant: string): Promise<readonly OpenEffect[]>;
  /**
   * By an admin who has looked: `happened` says what they found. From then on the call may be made
   * again, so it is on record first.
   */
  reconcile(
    act: ReasonedAct & { readonly id: string; readonly happened: 'yes' | 'no' },
  ): Promise<OpenEffect>;
}

export interface EffectDeskParts {
  readonly effects: Pick<EffectBook, 'reconcile'>;
  readonly overlay: Pick<OverlayFeed, 'current'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

export function createEffectDesk(parts: EffectDeskParts): EffectDesk {
  const turns = createTurns();
  const list = async (tenant: string): Promise<readonly OpenEffect[]> =>
    (await parts.overlay.current()).entries
      .filter(isOpen)
      .filter((one) => one.target.tenant === tenant);
  return {
    list,
    reconcile: (act) =>
      turns.take(`${act.by.tenant} ${act.id}`, async () => {
        checkRight(act, 'operator');
        checkReason(act);
        const { by, id, happened, reason } = act;
        const entry = (await list(by.tenant)).find((one) => one.id === id);
        if (entry === undefined) {
          throw new BailiwickError('api/not-found', { message: `no effect is called \`${id}\`` });
        }
        const draft = actDraft(
          'effect.reconciled',
          { by, reason },
          { happened, ...factsOf(entry) },
        );
        await recordThenDo(parts.recorder, draft, () =>
          parts.effects.reconcile(by.tenant, id, parts.clock.now()),
        );
        return entry;
      }),
  };
}

function isOpen(entry: OverlayEntry): entry is OpenEffect {
  return entry.target.kind === 'effect' || entry.target.kind === 'fence';
}

function factsOf({ id, target, why, by, ref }: OpenEffect) {
  const { task } = target;
  const what =
    target.kind === 'fence'
      ? { life: target.life }
      : {
          ...(target.target === undefined ? {} : { target: target.target }),
          ...(target.argumentsDigest === undefined
            ? {}
            : { argumentsDigest: target.argumentsDigest }),
          ...(ref === undefined ? {} : { ref }),
        };
  return { effect: id, why, task, gateway: by, ...what };
}
