import { contentOf } from '#kernel/call.ts';
import { offersIn } from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import { offerList } from '../offer-list.ts';
import type { OfferParts } from '../offer-subject.ts';

/** The prompts that an agent may name, by the names that it may call them by. */
export function promptList(parts: OfferParts): Acting {
  return offerList(parts, {
    kind: 'prompt-list',
    offers: 'prompt',
    method: 'prompts/list',
    shape: { items: 'prompts', name: 'name' },
    show({ configuration, principal, call }, owner, { name, item }) {
      const view = offersIn(configuration.snapshot);
      const target = { kind: 'prompt', owner, name } as const;
      if (view.named(principal, target) === undefined) return undefined;
      const isAlone = contentOf(call.action)?.target?.owner === owner;
      const shown = isAlone ? name : view.shownName(principal, target);
      return shown === undefined ? undefined : { ...item, name: shown };
    },
  });
}
