import { generation, legacyToolCall, toolCall } from './asked.ts';
import { eraRows } from './eras.ts';
import { type Asked, loadWith, runLoad, type Source } from './load.ts';
import { openFlushProbe } from './probe.ts';
import type { Loaded, RowKind } from './row-kind.ts';
import type { Running } from './worlds.ts';

const chat = '/llm/v1/chat/completions';

function loaded(source: Source): Loaded {
  return (options) => runLoad(source, options);
}

function plain(running: Running, next: () => Asked): Loaded {
  return loaded({ url: running.url, pids: () => [running.pid], next });
}

async function flush(): Promise<Loaded> {
  const probe = openFlushProbe();
  process.once('exit', () => probe.close());
  return (options) =>
    loadWith(
      options,
      () => [process.pid],
      () => probe.write(),
    );
}

const echo = () => toolCall('echo');
const governedEcho = () => toolCall('bench.echo');

function ruled(rules: number): RowKind {
  return {
    name: `rules-${rules}`,
    what: `bearer, ${rules} ${rules === 1 ? 'rule that reads' : 'rules that read'} arguments`,
    beside: 'bare',
    at: [32],
    open: async (worlds) =>
      loaded((await worlds.gateway({ rules })).source('bearer', governedEcho)),
  };
}

/** As at several gateways each agent may fill its share of each one's places, and not of all of them. */
const spreadOver = 4;

export const rowKinds: readonly RowKind[] = [
  {
    name: 'bare',
    what: 'bare parsing proxy',
    beside: 'bare',
    at: [1, 32, 256],
    open: async (worlds) => plain(await worlds.proxy(worlds.upstream()), echo),
  },
  {
    name: 'flush',
    what: 'flush probe: one durable write of 1 KB',
    beside: 'bare',
    at: [1],
    open: flush,
  },
  {
    name: 'direct',
    what: 'no proxy: the bare tool server',
    beside: 'bare',
    at: [32],
    open: async (worlds) => plain(await worlds.upstream(), echo),
  },
  {
    name: 'sdk',
    what: 'MCP SDK v1 echo server, stateless: a new server for each request',
    beside: 'bare',
    at: [1, 32],
    open: async (worlds) => plain(await worlds.sdk(), () => legacyToolCall('echo')),
  },
  {
    name: 'bearer',
    what: 'governed, bearer over plain HTTP',
    beside: 'bare',
    at: [1, 32, 256],
    open: async (worlds) => loaded((await worlds.gateway()).source('bearer', governedEcho)),
  },
  {
    name: 'user',
    what: 'governed, bearer of a user who lets the agent act for them',
    beside: 'bare',
    at: [32],
    // Of its own: what users may is looked up only where there are any.
    open: async (worlds) =>
      loaded((await worlds.gateway({ tag: 'users' })).source('user', governedEcho)),
  },
  {
    name: 'mtls',
    what: 'governed, bound to the channel (mutual TLS)',
    beside: 'bare',
    at: [1, 32, 256],
    open: async (worlds) => loaded((await worlds.gateway()).source('mtls', governedEcho)),
  },
  {
    name: 'dpop',
    what: 'governed, a proof per call (DPoP ES256)',
    beside: 'bare',
    at: [1, 32, 256],
    open: async (worlds) => loaded((await worlds.gateway()).source('dpop', governedEcho)),
  },
  {
    name: 'write',
    what: 'governed, mutual TLS, a tool that writes, one rule reads arguments',
    beside: 'bare',
    at: [32],
    open: async (worlds) =>
      loaded((await worlds.gateway()).source('mtls', () => toolCall('bench.write'))),
  },
  {
    name: 'llm-bare',
    what: 'bare parsing proxy before a bare server of models',
    beside: 'llm-bare',
    at: [1, 32],
    open: async (worlds) => plain(await worlds.proxy(worlds.model()), () => generation('fake')),
  },
  {
    name: 'llm',
    what: 'governed generation, bearer, the front for models',
    beside: 'llm-bare',
    at: [1, 32],
    open: async (worlds) =>
      loaded((await worlds.gateway()).source('bearer', () => generation('models/fake'), chat)),
  },
  {
    name: 'bare-64k',
    what: 'bare parsing proxy, results of 64 KB',
    beside: 'bare-64k',
    at: [32],
    open: async (worlds) => plain(await worlds.proxy(worlds.upstream()), () => toolCall('big')),
  },
  {
    name: 'bearer-64k',
    what: 'governed, bearer, results of 64 KB',
    beside: 'bare-64k',
    at: [32],
    open: async (worlds) =>
      loaded((await worlds.gateway()).source('bearer', () => toolCall('bench.big'))),
  },
  ruled(1),
  ruled(50),
  ruled(500),
  {
    name: 'gateways-2',
    what: `governed, bearer, \`up --gateways 2\`, of ${spreadOver} agents in turn`,
    beside: 'bare',
    at: [256],
    open: async (worlds) =>
      loaded(
        (await worlds.gateway({ gateways: 2, agents: spreadOver })).spread(
          spreadOver,
          governedEcho,
        ),
      ),
  },
  ...eraRows,
];
