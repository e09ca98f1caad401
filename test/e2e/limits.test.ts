import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeToolServer, type FakeToolServer } from '../fakes/fake-tool-server/index.ts';
import { type Instance, startInstance } from './instance.ts';
import { callTool, listTools } from './wire.ts';

const tools = 10_000;
let server: FakeToolServer;
let instance: Instance;

/** Hostile and huge on purpose: bounded time and a clear answer is all that is asked. */
beforeAll(async () => {
  const many = Array.from({ length: tools }, (_, at) => ({
    name: `tool-${at}`,
    description: `number ${at}`,
    inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  }));
  server = await startFakeToolServer({
    era: 'legacy',
    tools: [
      {
        name: 'evil',
        description: 'x',
        inputSchema: {
          type: 'object',
          properties: { text: { type: 'string', pattern: '^(a+)+$' } },
        },
      },
      {
        name: 'unique',
        description: 'x',
        inputSchema: {
          type: 'object',
          properties: { items: { type: 'array', uniqueItems: true } },
        },
      },
      {
        name: 'back',
        description: 'x',
        inputSchema: {
          type: 'object',
          properties: { text: { type: 'string', pattern: '(a)\\1' } },
        },
      },
      {
        name: 'big',
        description: 'x',
        inputSchema: { type: 'object', properties: { size: { type: 'integer' } } },
      },
      ...many,
    ],
  });
  instance = await startInstance({
    documents: {
      'limits.yaml': `
kind: Agent
name: worker
spec: { owner: a@example.com, purpose: tests, manifest: all, toolLimit: 10000 }
---
kind: Manifest
name: all
spec:
  tools:
    - tool: many/evil
    - tool: many/unique
    - tool: many/back
    - tool: many/big
    - tool: many/tool-9999
---
kind: ToolServer
name: many
spec: { connect: { url: '${server.url}' }, pin: first-seen, default: { effect: read } }
---
kind: Policy
name: named
spec:
  cedar: |
    @id("one")
    forbid(principal, action == Action::"many/tool-9999", resource) when { context.input has n && context.input.n > 5 };
`,
    },
  });
}, 120_000);
afterAll(async () => {
  await instance?.remove();
  await server?.close();
});

describe('hostile and huge definitions, arguments and results', () => {
  it('serves an agent of a server with ten thousand tools, with its policy typed for the one that is named', async () => {
    const agent = await instance.enrolAgent('worker');
    let served = 0;
    for (let tries = 0; tries < 600 && served < 4; tries += 1) {
      served = (await listTools(agent.fetch, instance.gateway)).body.result?.tools?.length ?? 0;
      if (served < 4) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(served).toBe(4);
    const fine = await callTool(agent.fetch, instance.gateway, 'many.tool-9999', { n: 5 });
    expect(fine.text).toBe('{"n":5}');
    const denied = await callTool(agent.fetch, instance.gateway, 'many.tool-9999', { n: 6 });
    expect(denied.told?.code).toBe('policy/denied');
  }, 90_000);

  it('runs a pattern that would explode elsewhere in linear time, and refuses one that cannot be', async () => {
    const agent = await instance.enrolAgent('worker');
    const started = performance.now();
    const answer = await callTool(agent.fetch, instance.gateway, 'many.evil', {
      text: `${'a'.repeat(30_000)}!`,
    });
    expect(['tools/invalid-arguments', 'tools/schema-budget']).toContain(answer.told?.code);
    const back = await callTool(agent.fetch, instance.gateway, 'many.back', { text: 'aa' });
    expect(back.told?.code).toBe('tools/schema-unsupported');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('judges uniqueItems on eight thousand objects in bounded time', async () => {
    const agent = await instance.enrolAgent('worker');
    const items = Array.from({ length: 8_000 }, (_, at) => ({ k: at }));
    const answer = await callTool(agent.fetch, instance.gateway, 'many.unique', { items });
    expect(answer.text.startsWith('{') || answer.told?.code === 'tools/schema-budget').toBe(true);
    const twice = await callTool(agent.fetch, instance.gateway, 'many.unique', {
      items: [...items, { k: 1 }],
    });
    expect(['tools/invalid-arguments', 'tools/schema-budget']).toContain(twice.told?.code);
  });

  it('tells a result of ten megabytes in pages, as far as it is read, and says that it goes on [TOL-04]', async () => {
    const agent = await instance.enrolAgent('worker');
    const size = 10_000_000;
    let answer = await callTool(agent.fetch, instance.gateway, 'many.big', { size });
    let told = 0;
    let pages = 0;
    for (;;) {
      pages += 1;
      const { content = [], _meta: meta } = answer.body.result ?? {};
      told += content[0]?.text?.length ?? 0;
      expect(content.at(-1)?.text).toMatch(
        /this result is cut: page \d of 4.*the rest was dropped/,
      );
      const { cursor } = (meta?.['dev.bailiwick/truncated'] ?? {}) as { readonly cursor?: string };
      if (cursor === undefined) break;
      answer = await callTool(agent.fetch, instance.gateway, 'bailiwick__next_page', { cursor });
    }
    expect(pages).toBe(4);
    expect(told).toBeGreaterThan(4_000_000);
    expect(told).toBeLessThan(4_194_304);
    const after = await callTool(agent.fetch, instance.gateway, 'many.tool-9999', {});
    expect(after.text).toBe('{}');
  });
});
