import type { Action } from '#kernel/call.ts';
import { isRefusal } from '#kernel/errors.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import type { Telling } from '../action.ts';

type ToolList = Extract<Action, { readonly kind: 'tool-list' }>;

/** The tools that an agent sees: approved bytes, page by page. */
export function toolList({ tools }: { readonly tools: ToolGate }): Telling<ToolList> {
  return {
    kind: 'tool-list',
    route: 'telling',
    settledAs: 'policy.listed',
    tell({ principal, configuration }, { cursor, server }) {
      const page = configuration.of(tools).page(principal, cursor, tools.quarantine, server);
      return isRefusal(page) ? page : { items: page.tools, nextCursor: page.nextCursor };
    },
    released: (recordId, { page }) => ({ kind: 'listed', recordId, page }),
  };
}
