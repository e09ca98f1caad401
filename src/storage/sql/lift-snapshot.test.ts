import { describe, expect, it } from 'vitest';
import { exactly } from '#kernel/manifest.ts';
import type { ManifestEntry, Snapshot } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';
import { fromColumn, toColumn } from './json.ts';
import { liftSnapshot } from './lift-snapshot.ts';

const bounds = { amount: [{ kind: 'max', value: 500 }] } as const;
const older = {
  name: 'refunds',
  sensitivity: 'internal',
  tools: [
    { server: 'billing', tool: 'create_refund', bounds },
    { server: 'billing', tool: 'a/b', bounds: {} },
  ],
};

function published(manifests: Readonly<Record<string, unknown>>): Snapshot {
  const tenant = { tenant: 'main', agents: {}, servers: {}, policies: [], secrets: {}, pins: {} };
  return fromColumn(
    toColumn({ number: 7, digest: 'd', tenants: { main: { ...tenant, manifests } } }),
  ) as Snapshot;
}

describe('a configuration that was published before there were targets', () => {
  it('grants what it granted, under its number and digest', () => {
    const lifted = liftSnapshot(
      published({ refunds: older, constructor: { ...older, name: 'constructor' } }),
    );
    expect(lifted).toMatchObject({ number: 7, digest: 'd' });
    const targets = [
      { ...exactly(toolTarget({ server: 'billing', tool: 'create_refund' })), bounds },
      exactly(toolTarget({ server: 'billing', tool: 'a/b' })),
    ];
    expect(lifted.tenants['main']?.manifests['refunds']).toEqual({
      name: 'refunds',
      sensitivity: 'internal',
      targets,
    });
    expect(Object.keys(lifted.tenants['main']?.manifests ?? {})).toEqual([
      'constructor',
      'refunds',
    ]);
  });

  it('is left alone when it is of today', () => {
    const today: ManifestEntry = { name: 'm', sensitivity: 'public', targets: [] };
    const snapshot = published({ m: today });
    expect(liftSnapshot(snapshot)).toBe(snapshot);
  });
});
