import { describe, expect, it } from 'vitest';
import type { ServerReport } from '#contracts/server-report.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { toolServersItem } from './tool-servers-item.ts';

const connect = { kind: 'http', url: 'http://127.0.0.1:1/mcp' };
const entry = { name: 'files', digest: 'd1', connect } as unknown as ServerEntry;

function itemOf(now: number, since: number | undefined, ...reports: Partial<ServerReport>[]) {
  const off = { server: 'files', digest: 'd1', state: 'off', since: 1_000, lookedAt: null };
  const seen = reports.map((over, at) => ({
    gateway: `gateway-${at}`,
    report: { ...off, ...over } as unknown as ServerReport,
  }));
  return toolServersItem({ entries: [entry], seen, since, now });
}

describe('the tool servers of a status', () => {
  it('are red when no gateway has looked at one for more than a moment', () => {
    expect(itemOf(16_000, 0, {}).state).toBe('green');
    expect(itemOf(16_001, 0, {})).toMatchObject({
      state: 'red',
      why: expect.stringMatching(/^files: no gateway has looked/),
    });
  });

  it('are red when no gateway says anything of one, where one is there that could', () => {
    expect(itemOf(16_001, 1_000).state).toBe('red');
    expect(itemOf(16_000, 1_000).state).toBe('green');
    expect(itemOf(99_000, undefined).state).toBe('green');
  });

  it('are red where a Registry switches one off, and say why and what to do', () => {
    const registry = { name: 'r', sources: ['npm:@ours/*'], requirePins: false, signers: [] };
    const trust = { registryKeys: [] };
    const tenant = { registries: { r: { ...registry, trust } } } as unknown as TenantSnapshot;
    const told = toolServersItem({ entries: [entry], seen: [], since: 0, now: 0, tenant });
    expect(told.state).toBe('red');
    expect(told.why).toMatch(
      /^files: a Registry switches it off: .*\(tools\/server-unlisted\); add `http:\/\/127\.0\.0\.1:1\/mcp` to `sources`/,
    );
  });

  it('are green when one of several gateways looks, and when nobody uses one that was looked at', () => {
    expect(itemOf(99_000, 0, {}, { state: 'up', lookedAt: 2_000 }).state).toBe('green');
    expect(itemOf(99_000, 0, {}, { lookedAt: 2_000 }).state).toBe('green');
  });
});
