import { describe, expect, it } from 'vitest';
import { directoryRules } from '#contracts/directory-rules.ts';
import { limits } from '#kernel/limits.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { directoryKind } from './directory-kind.ts';
import { createUserPresence } from './user-presence.ts';

const day = 86_400_000;
const parse = (spec: Parameters<typeof directoryKind.parse>[1]) =>
  directoryKind.parse('staff', spec);
const entry = (spec: Parameters<typeof directoryKind.parse>[1]) => {
  const parsed = parse(spec);
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  return parsed.entry;
};
const tenantOf = (...specs: Parameters<typeof directoryKind.parse>[1][]) =>
  ({
    tenant: 'main',
    directories: Object.fromEntries(specs.map((spec, at) => [`d${at}`, entry(spec)])),
  }) as unknown as TenantSnapshot;

describe('the document of a directory', () => {
  it('is written by admins alone: without it whoever left signs in again', () => {
    expect(directoryKind.writtenBy).toBe('admin');
  });

  it('gives a grace of 7 days to owners and 14 to reviews, and none longer than 90 (graceMs)', () => {
    expect(entry({})).toMatchObject({ ownerGraceMs: 7 * day, reviewGraceMs: 14 * day });
    expect(entry({ ownerGrace: '0' })).toMatchObject({ ownerGraceMs: 0 });
    expect(entry({ ownerGrace: '90d' }).ownerGraceMs).toBe(limits.graceMs);
    for (const ownerGrace of ['91d', '7', '-1d', '7 d', '']) {
      expect(parse({ ownerGrace }).kind).toBe('problems');
    }
  });

  it('is one of several, of which the strictest word holds', () => {
    const issuer = 'https://idp.example';
    const tenant = tenantOf(
      { ownerGrace: '3d', issuer },
      { ownerGrace: '30d', reviews: { required: true, grace: '2d' } },
    );
    expect(directoryRules(tenant)).toEqual({
      ownerGraceMs: 3 * day,
      reviewRequired: true,
      reviewGraceMs: 2 * day,
      signIns: [{ issuer, subject: 'externalId' }],
    });
  });

  it('lets nobody sign in by its provider who is not there [IDN-07]', async () => {
    const issuer = 'https://idp.example';
    let isConnected = true;
    const isGone = createUserPresence({
      directory: {
        isConnected: async () => isConnected,
        users: async ({ terms }) => ({ total: terms[0]?.value === 'ann' ? 1 : 0, users: [] }),
      },
      snapshot: () => ({ tenants: { main: tenantOf({ issuer }) } }) as unknown as Snapshot,
    });
    expect(await isGone('main', { issuer, subject: 'ann' })).toBe(false);
    expect(await isGone('main', { issuer, subject: 'eve' })).toBe(true);
    expect(await isGone('main', { issuer: 'https://other', subject: 'eve' })).toBe(false);
    isConnected = false;
    expect(await isGone('main', { issuer, subject: 'eve' })).toBe(false);
  });
});
