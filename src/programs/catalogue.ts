import { createMcpProtocol } from '#gateway/mcp/index.ts';
import type { Protocol } from '#gateway/index.ts';

/** What is built in, each kind of it in one list: whoever adds one adds a line here. */

/** The fronts. The address of the first is the one that is printed. */
export function protocols(info: { name: string; version: string }): readonly Protocol[] {
  return [createMcpProtocol(info)];
}
