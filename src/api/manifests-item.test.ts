import { expect, it } from 'vitest';
import type { CatalogueEntry } from '#contracts/tool-catalogue.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { manifestKind } from '#planes/tools/index.ts';
import { manifestsItem } from './manifests-item.ts';

const names = (count: number) => Array.from({ length: count }, (_, at) => `crm/tool_${at}`);

function tenantWith(tools: readonly string[]): TenantSnapshot {
  const parsed = manifestKind.parse('support', { tools: tools.map((tool) => ({ tool })) });
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed));
  const pins = { crm: { lookup_customer: {} } };
  return {
    tenant: 'main',
    manifests: { support: parsed.entry },
    pins,
  } as unknown as TenantSnapshot;
}

/** A catalogue that looked at one server, which has these tools. */
const catalogue = (server: string, ...tools: string[]) => ({
  get: async (_tenant: string, of: string, tool: string) =>
    of === server && tools.includes(tool) ? ({ tool } as unknown as CatalogueEntry) : undefined,
  countsByServer: async () =>
    new Map([[server, { pinned: tools.length, waiting: 0, quarantined: 0, rejected: 0, gone: 0 }]]),
});

it('names a tool that no look at its server showed, and what was probably meant', async () => {
  const tenant = tenantWith(['crm/lookup_customer', 'crm/lookup_custmer', 'crm/zzz', 'crm/waits']);
  const item = await manifestsItem(tenant, catalogue('crm', 'lookup_customer', 'waits'));
  expect(item).toMatchObject({ item: 'manifests', state: 'amber' });
  expect(item?.why).toMatch(
    /support lists `crm\/lookup_custmer`.*did you mean `crm\/lookup_customer`\?; /,
  );
  expect(item?.why).toMatch(/`crm\/zzz`.*see `bailiwick tool list crm`$/);
});

it('says nothing of a server that nobody has looked at yet, nor of what only waits', async () => {
  expect(await manifestsItem(tenantWith(['crm/zzz']), catalogue('other'))).toBeUndefined();
  expect(await manifestsItem(tenantWith(['crm/waits']), catalogue('crm', 'waits'))).toBeUndefined();
  expect(await manifestsItem(undefined, catalogue('crm'))).toBeUndefined();
});

it('tells ten of them and how many more there are', async () => {
  const item = await manifestsItem(tenantWith(names(13)), catalogue('crm'));
  expect(item?.why.split('; ').filter((one) => one.startsWith('support lists'))).toHaveLength(10);
  expect(item?.why).toMatch(/and 3 more$/);
});
