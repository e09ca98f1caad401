import { fileURLToPath } from 'node:url';
import { greeting, legacyToolCall, toolCall } from './asked.ts';
import type { MoreServer } from './estate.ts';
import { type Asked, runLoad, type Source } from './load.ts';
import type { RowKind } from './row-kind.ts';
import type { World, Worlds } from './worlds.ts';

const clients = {
  legacy: 'a client of 2025-11-25 in a session',
  modern: 'a client of 2026-07-28',
} as const;
const servers = {
  legacy: 'a server of 2025-11-25 over HTTP',
  modern: 'a server of 2026-07-28 over HTTP',
  stdio: 'a server of 2025-11-25 over its pipes',
} as const;

type Client = keyof typeof clients;
type Server = keyof typeof servers;

/** Every pairing of eras and transports, bearer, before one gateway that has all of these servers. */
export const eraRows: readonly RowKind[] = (Object.keys(clients) as Client[]).flatMap((client) =>
  (Object.keys(servers) as Server[]).map((server) => rowOf(client, server)),
);

function rowOf(client: Client, server: Server): RowKind {
  return {
    name: `${client}-${server}`,
    what: `governed, bearer, ${clients[client]} to ${servers[server]}`,
    beside: 'bare',
    at: [32],
    async open(worlds) {
      const world = await worlds.gateway({ tag: 'eras', servers: await serversOf(worlds) });
      const tool = `${server}.echo`;
      const source =
        client === 'modern'
          ? world.source('bearer', () => toolCall(tool))
          : inSession(world, (session) => legacyToolCall(tool, session));
      return (options) => runLoad(source, options);
    },
  };
}

async function serversOf(worlds: Worlds): Promise<readonly MoreServer[]> {
  const file = fileURLToPath(new URL('stdio-server.ts', import.meta.url));
  return [
    { name: 'legacy', connect: { url: (await worlds.upstream()).url } },
    { name: 'modern', connect: { url: (await worlds.modern()).url } },
    { name: 'stdio', connect: { command: process.execPath, args: [file] } },
  ];
}

/** All connections share a session, which begins when the load does. */
function inSession(world: World, call: (session: string) => Asked): Source {
  let next: () => Asked = greeting;
  const source = world.source('bearer', () => next());
  return {
    ...source,
    async prepare() {
      await source.prepare?.();
      next = greeting;
      const session = await begun(source);
      next = () => call(session);
    },
  };
}

async function begun(source: Source): Promise<string> {
  const { headers, body } = source.next();
  const pairs = Array.from({ length: headers.length / 2 }, (_, at): [string, string] => [
    headers[2 * at] ?? '',
    headers[2 * at + 1] ?? '',
  ]);
  const response = await fetch(source.url, {
    method: 'POST',
    headers: pairs,
    body: new Uint8Array(body),
  });
  const session = response.headers.get('mcp-session-id');
  if (session === null) throw new Error(`no session: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
  return session;
}
