import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { type GcsPlace, parseArchivePlace } from '#contracts/archive-place.ts';
import { logArchiveSuite } from '#contracts/log-archive.suite.ts';
import { FakeGcs } from '../../../../test/fakes/fake-gcs.ts';
import { openGcs } from './index.ts';

const gcs = new FakeGcs();
const outbound = createOutbound({ mayReach: () => true, loopback: true });
let endpoint = '';
let prefixes = 0;
beforeAll(async () => {
  endpoint = await gcs.server.open();
});
afterAll(() => gcs.server.close());

/** A prefix of its own in the one bucket. */
function place(): GcsPlace {
  const parsed = parseArchivePlace(`gs://logs/p${(prefixes += 1)}?endpoint=${endpoint}`, {});
  if (parsed.kind !== 'gs') throw new Error('no place of Google');
  return parsed;
}
const withToken = { GOOGLE_OAUTH_ACCESS_TOKEN: gcs.token };
const open = (at: GcsPlace, env: NodeJS.ProcessEnv = withToken) =>
  openGcs(at, { line: { outbound, wait: async () => undefined }, env, now: Date.now });
const bytes = Buffer.from('x');
const dayMs = 86_400_000;

logArchiveSuite('a bucket of Google', async () => {
  const at = place();
  return { open: async () => open(at) };
});

describe('an archive in Cloud Storage', () => {
  it('puts each object with a locked retention, and nothing where none is kept [AUD-06]', async () => {
    const at = place();
    await open(at).put({ name: 'a', bytes, retainUntil: Date.now() + 400 * dayMs });
    const version = gcs.store.current(`${at.prefix}a`);
    expect(version).toMatchObject({ mode: 'Locked' });
    expect(version?.until).toBeGreaterThan(Date.now() + 399 * dayMs);
    expect(await open(at).retainedUntil('a')).toBe(version?.until);
    // Whoever may change a retention that is not locked is bound by nothing.
    if (version !== undefined) version.mode = 'Unlocked';
    expect(await open(at).retainedUntil('a')).toBeUndefined();
    gcs.retains = false;
    await expect(open(at).put({ name: 'b', bytes })).rejects.toThrow(/no object retention/u);
    gcs.retains = true;
    gcs.versioned = false;
    await expect(open(at).put({ name: 'b', bytes })).rejects.toThrow(/no versioning/u);
    gcs.versioned = true;
  });

  it('says so where it has no token, or a wrong one', async () => {
    await expect(open(place(), {}).list('')).rejects.toThrow(/no google_oauth_access_token/u);
    const wrong = open(place(), { GOOGLE_OAUTH_ACCESS_TOKEN: 'other' });
    await expect(wrong.list('')).rejects.toThrow(/401/u);
  });

  it('tells what was deleted or put again, and gives back what was put first [AUD-06]', async () => {
    const at = place();
    const archive = open(at);
    for (const name of ['a', 'b']) await archive.put({ name, bytes });
    gcs.store.put(`${at.prefix}a`, Buffer.from('forged'), {});
    gcs.store.hide(`${at.prefix}b`);
    expect(await archive.overlaid('')).toEqual([
      { name: 'a', how: 'put-again' },
      { name: 'b', how: 'hidden' },
    ]);
    expect(await open(at).list('')).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(await open(at).read(name)).toEqual(bytes);
  });
});
