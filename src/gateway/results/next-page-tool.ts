import type { JsonObject } from '#kernel/json/value.ts';
import { gatewayServer } from '#kernel/tool.ts';

/** The one tool that the gateway serves by itself. No tool server can have its first name. */
export const nextPageName = `${gatewayServer}__next_page`;

export const nextPageTool: JsonObject = {
  name: nextPageName,
  title: 'Next page of a cut result',
  description:
    'Reads the next page of a result that was cut because it is large. Call it only with the cursor that such a result names at its end; every page names the cursor of the one behind it.',
  inputSchema: {
    type: 'object',
    properties: {
      cursor: { type: 'string', description: 'the cursor, exactly as the cut result names it' },
    },
    required: ['cursor'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
};
