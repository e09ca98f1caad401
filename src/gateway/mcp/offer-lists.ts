import { refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { anyOwner } from '#kernel/target.ts';
import { malformed, type Method, readMeta } from './method.ts';

/** A list that asks a tool server. */
export interface ListWords {
  readonly kind: 'resource-list' | 'resource-templates' | 'prompt-list';
  readonly offers: 'resource' | 'prompt';
  readonly method: string;
  readonly items: string;
}

/** A page of it. Which server it is of is told by the cursor, or it is the first one. */
export function listMethod({ kind, offers, method, items }: ListWords): Method {
  return {
    items,
    ttlMs: limits.toolsListTtlMs,
    read({ cursor, _meta: meta }, server = anyOwner) {
      const target = { kind: offers, owner: server, name: undefined } as const;
      // An empty cursor is none of ours, but a cursor; only its absence means the first page.
      if (cursor !== undefined && typeof cursor !== 'string') return malformed('`cursor`');
      if (cursor !== undefined && cursor.length > limits.offerCursorBytes) {
        return refusal('tools/invalid-cursor');
      }
      const about = readMeta(meta);
      if (about === undefined) return malformed('`_meta`');
      const given: JsonObject = cursor === undefined ? {} : { cursor };
      const argumentBytes = canonicalBytes(given);
      return { ...about, action: { kind, target, named: method, arguments: given, argumentBytes } };
    },
  };
}
