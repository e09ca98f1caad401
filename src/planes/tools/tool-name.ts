import type { ToolId } from '#kernel/tool.ts';

const serverName = /^[a-z0-9-]{1,64}$/;
const toolName = /^[A-Za-z0-9_./:-]{1,128}$/;

export function isServerName(name: string): boolean {
  return serverName.test(name);
}

/** What a document may name. A server may show others; they can be neither listed nor pinned to use. */
export function isToolName(name: string): boolean {
  return toolName.test(name);
}

/** `server/tool`; the first slash parts them, because a server's name has none. */
export function parseToolId(text: string): ToolId | undefined {
  const slash = text.indexOf('/');
  const server = text.slice(0, Math.max(slash, 0));
  const tool = text.slice(slash + 1);
  return isServerName(server) && isToolName(tool) ? { server, tool } : undefined;
}
