import { wireToolName } from '#kernel/tool.ts';
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
    show({ configuration, principal }, owner, { name, item }) {
      const target = { kind: 'prompt', owner, name } as const;
      return offersIn(configuration.snapshot).named(principal, target) === undefined
        ? undefined
        : { ...item, name: wireToolName({ server: owner, tool: name }) };
    },
  });
}
