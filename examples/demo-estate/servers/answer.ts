import type { CallToolResult } from '@modelcontextprotocol/server';

export const estateVersion = '1.0.0';

/** What a tool found, as text that a model reads. */
export function found(value: unknown): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value, null, 1) }] };
}

/** What a tool cannot do, in words. */
export function problem(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
