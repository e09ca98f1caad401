import type { Action } from '#kernel/call.ts';
import { isRefusal } from '#kernel/errors.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import type { Telling } from '../action.ts';
import type { KeptPages } from '../results/kept-pages.ts';
import { nextPageTool } from '../results/next-page-tool.ts';

type ToolList = Extract<Action, { readonly kind: 'tool-list' }>;

export interface ToolListParts {
  readonly tools: ToolGate;
  readonly pages: { readonly kept: Pick<KeptPages, 'holds'> };
}

/**
 * The tools that an agent sees: approved bytes, page by page. At the end stands what reads the next page
 * of a result, for whoever has a result to read on, or a tool whose document says that it comes in pages.
 */
export function toolList({ tools, pages }: ToolListParts): Telling<ToolList> {
  return {
    kind: 'tool-list',
    route: 'telling',
    settledAs: 'policy.listed',
    tell({ principal, configuration }, { cursor, server }) {
      const view = configuration.of(tools);
      const page = view.page(principal, cursor, tools.quarantine, server);
      if (isRefusal(page)) return page;
      const { tools: items, nextCursor } = page;
      const isLast = nextCursor === undefined;
      const reads = isLast && (view.hasPages(principal) || pages.kept.holds(principal));
      return { items: reads ? [...items, nextPageTool] : items, nextCursor };
    },
    released: (recordId, { page }) => ({ kind: 'listed', recordId, page }),
  };
}
