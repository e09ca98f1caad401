import { describe, expect, it } from 'vitest';
import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { ManifestEntry, ServerEntry, Snapshot } from '#kernel/snapshot.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { toolTarget } from '#kernel/tool.ts';
import type { Loan } from '#planes/credentials/index.ts';
import type { UpstreamNeed } from './held-upstream.ts';
import { createUpstreams, type UpstreamParts } from './upstreams.ts';

const loan: Loan = {
  lent: [{ kind: 'environment', variable: 'KEY', value: 'v', secret: 'v' }],
  leases: [{ id: 'lease-1', secret: 'crm-key', digest: 'd', scope: 'crm', bound: 'process' }],
  end: () => undefined,
};

const server = {
  name: 'crm',
  connect: { kind: 'stdio', command: 'crm', args: [], cwd: undefined, environment: {} },
  shared: false,
  credentials: [{ kind: 'environment', secret: 'crm-key', variable: 'KEY' }],
} as unknown as ServerEntry;

const need: UpstreamNeed = {
  principal: { kind: 'agent', tenant: 'main', agent: 'support', instance: 'i-1' } as Principal,
  server,
  borrows: {
    owner: server,
    target: toolTarget({ server: 'crm', tool: 'get' }),
    manifest: {} as ManifestEntry,
  },
  configuration: { snapshot: { tenants: {} } as unknown as Snapshot },
};

/** What happened, in order: what the books say, what the log says, and what the server saw. */
function world(options: { readonly logFails?: boolean } = {}) {
  const events: string[] = [];
  const clock = new ManualClock();
  const transport: ToolServerTransport = {
    kind: 'stdio',
    connect: (_server, lent) => {
      events.push(`process with ${lent.length} secrets`);
      return {
        exchange: () => Promise.reject(new Error('nobody calls here')),
        listTools: () => Promise.resolve([]),
        close: () => Promise.resolve(void events.push('process ended')),
      };
    },
  };
  const parts = {
    intake: {},
    states: { connection: () => () => undefined },
    transports: [transport],
    lender: { lend: () => loan },
    leases: {
      open: ({ id }: { id: string }) => Promise.resolve(void events.push(`open ${id}`)),
      end: (_tenant: string, id: string, by: string) =>
        Promise.resolve(void events.push(`end ${id} by ${by}`)),
    },
    recorder: {
      record({ type }: RecordDraft) {
        if (options.logFails === true)
          return Promise.reject(new BailiwickError('audit/unavailable'));
        events.push(type);
        return Promise.resolve({ id: 'r' });
      },
    },
    clock,
    onListChanged: () => undefined,
    onLateAnswer: () => undefined,
  };
  return { events, clock, upstreams: createUpstreams(parts as unknown as UpstreamParts) };
}

describe('a connection for one task alone', () => {
  it('is opened for whoever may be asked, and shared with nobody', async () => {
    const { upstreams, connected } = asking();
    await upstreams.open(ask('i-1'));
    await upstreams.open(ask('i-1'));
    await upstreams.open(ask('i-1', { task: 'next' }));
    await upstreams.open(ask('i-2'));
    await upstreams.open({ ...ask('i-2'), asks: [] });
    await upstreams.open({ ...ask('i-3'), asks: [] });
    expect(connected).toEqual(['alone', 'alone', 'alone', 'shared']);
  });

  it('is not opened to a server that asks in its answers', async () => {
    const { upstreams, connected } = asking('modern');
    await upstreams.open({ ...ask('i-1'), asks: [] });
    await upstreams.open(ask('i-1'));
    expect(connected).toEqual(['shared']);
  });

  it('is bounded for each instance (aloneUpstreamsPerInstance)', async () => {
    const { upstreams, connected } = asking();
    const most = limits.aloneUpstreamsPerInstance;
    for (let at = 0; at <= most; at += 1) {
      await upstreams.open(ask('i-1', { server: `crm-${at}`, origin: `http://crm-${at}.test` }));
    }
    expect(connected.filter((one) => one === 'alone')).toHaveLength(most);
    expect(connected.at(-1)).toBe('shared');
    // What is open goes on being used.
    await upstreams.open(ask('i-1', { server: 'crm-0', origin: 'http://crm-0.test' }));
    expect(connected).toHaveLength(most + 1);
  });

  it('is bounded for each origin, whatever its servers are called (aloneUpstreamsPerOrigin)', async () => {
    const { upstreams, connected } = asking();
    const most = limits.aloneUpstreamsPerOrigin;
    for (let at = 0; at <= most; at += 1) {
      await upstreams.open(ask(`i-${at}`, { server: `crm-${at % 2}` }));
    }
    expect(connected.filter((one) => one === 'alone')).toHaveLength(most);
    await upstreams.open(ask('i-one-more', { origin: 'http://other.test' }));
    expect(connected.at(-1)).toBe('alone');
  });

  it('is bounded in all (aloneUpstreams)', async () => {
    const { upstreams, connected } = asking();
    const most = limits.aloneUpstreams;
    for (let at = 0; at <= most; at += 1) {
      await upstreams.open(ask(`i-${at}`, { origin: `http://crm-${at % 16}.test` }));
    }
    expect(connected.filter((one) => one === 'alone')).toHaveLength(most);
  });

  it('is closed when nobody used it for a while, and with a stop of its instance', async () => {
    const { upstreams, closed, clock } = asking();
    await upstreams.open(ask('i-1'));
    await upstreams.open({ ...ask('i-1'), asks: [] });
    clock.advance(500_000);
    await upstreams.open(ask('i-2'));
    clock.advance(100_001);
    upstreams.sweep(() => false);
    await expect.poll(() => closed).toEqual(['alone']);
    upstreams.sweep(({ instance }) => instance === 'i-2');
    await expect.poll(() => closed).toEqual(['alone', 'alone']);
  });
});

describe('a secret lent to a process', () => {
  it('is on the books and on record before the process can see it, and its end as well [CRD-08]', async () => {
    const { events, upstreams } = world();
    await upstreams.open(need);
    await upstreams.open(need);
    expect(events).toEqual(['open lease-1', 'credential.process-lease', 'process with 1 secrets']);
    events.length = 0;
    await upstreams.close();
    expect(events).toEqual([
      'process ended',
      'credential.process-lease-ended',
      'end lease-1 by shutdown',
    ]);
  });

  it('is shown to no process when it cannot be recorded [CRD-08]', async () => {
    const { events, upstreams } = world({ logFails: true });
    await expect(upstreams.open(need)).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect(events).toEqual(['open lease-1']);
  });

  it('is tried again by the next call when it could not be lent once', async () => {
    const passing = { logFails: true };
    const { events, upstreams } = world(passing);
    await expect(upstreams.open(need)).rejects.toMatchObject({ code: 'audit/unavailable' });
    passing.logFails = false;
    await upstreams.open(need);
    expect(events).toContain('process with 1 secrets');
  });

  it('ends with a stop of its instance', async () => {
    const { events, upstreams } = world();
    await upstreams.open(need);
    upstreams.sweep(({ instance }) => instance === 'i-1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toContain('end lease-1 by stop');
  });
});

interface AskOf {
  readonly task?: string;
  readonly server?: string;
  readonly origin?: string;
}

/** Somebody who may be asked, and what is asked of a server by URL. */
function ask(
  instance: string,
  { task = 't', server: name = 'crm', origin = 'http://crm.test' }: AskOf = {},
): UpstreamNeed {
  const known = entries.get(`${name} ${origin}`);
  const entry =
    known ??
    ({
      name,
      digest: origin,
      connect: { kind: 'http', url: `${origin}/mcp` },
      shared: true,
      credentials: [],
      asks: ['elicitation'],
    } as unknown as ServerEntry);
  entries.set(`${name} ${origin}`, entry);
  const principal = { ...need.principal, instance, task } as Principal;
  return { ...need, principal, server: entry, asks: ['elicitation'] };
}

const entries = new Map<string, ServerEntry>();

function asking(era?: 'modern' | 'legacy') {
  const connected: string[] = [];
  const closed: string[] = [];
  const clock = new ManualClock();
  const connection = (kind: string) => {
    connected.push(kind);
    return {
      exchange: () => Promise.reject(new Error('nobody calls here')),
      listTools: () => Promise.resolve([]),
      speaks: () => era,
      close: () => Promise.resolve(void closed.push(kind)),
    };
  };
  const transport: ToolServerTransport = {
    kind: 'http',
    connect: () => connection('shared'),
    connectAlone: () => connection('alone'),
  };
  const parts = {
    intake: {},
    states: { connection: () => () => undefined },
    transports: [transport],
    clock,
    onListChanged: () => undefined,
    onLateAnswer: () => undefined,
  };
  const upstreams = createUpstreams(parts as unknown as UpstreamParts);
  return { connected, closed, clock, upstreams };
}
