import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';

/**
 * Says to whoever started it that tools wait for a human, with the command: when there are more of a
 * server than were said last, and once they are as many at two looks.
 */
export function sayWaiting(parts: {
  readonly catalogue: Pick<ToolCatalogue, 'countsByServer'>;
  readonly tenant: string;
  readonly say: (text: string) => void;
}): () => Promise<void> {
  const said = new Map<string, number>();
  const seen = new Map<string, number>();
  return async () => {
    const counts = await parts.catalogue.countsByServer(parts.tenant);
    for (const [server, { waiting }] of counts) {
      const settled = seen.get(server) === waiting;
      seen.set(server, waiting);
      const before = said.get(server) ?? 0;
      if (!settled || waiting === before) continue;
      said.set(server, waiting);
      if (waiting > before) parts.say(waitingText(server, waiting));
    }
  };
}

function waitingText(server: string, waiting: number): string {
  const tools = waiting === 1 ? '1 tool waits' : `${waiting} tools wait`;
  return `${tools} for you: \`bailiwick tool approve ${server} --all\` shows them and asks`;
}
