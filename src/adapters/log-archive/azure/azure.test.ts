import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { type AzurePlace, parseArchivePlace } from '#contracts/archive-place.ts';
import { logArchiveSuite } from '#contracts/log-archive.suite.ts';
import { FakeAzure } from '../../../../test/fakes/fake-azure.ts';
import { openAzure } from './index.ts';
import { stringToSign } from './shared-key.ts';

const azure = new FakeAzure();
const outbound = createOutbound({ mayReach: () => true, loopback: true });
let endpoint = '';
let prefixes = 0;
beforeAll(async () => {
  endpoint = await azure.server.open();
});
afterAll(() => azure.server.close());

/** A prefix of its own in the one container. */
function place(): AzurePlace {
  const prefix = `p${(prefixes += 1)}`;
  const url = `azblob://${azure.container}/${prefix}?account=${azure.account}&endpoint=${endpoint}`;
  const parsed = parseArchivePlace(url, {});
  if (parsed.kind !== 'azblob') throw new Error('no place of Azure');
  return parsed;
}
const byKey = { AZURE_STORAGE_KEY: azure.key };
const open = (at: AzurePlace, env: NodeJS.ProcessEnv = byKey) =>
  openAzure(at, { line: { outbound, wait: async () => undefined }, env, now: Date.now });
const bytes = Buffer.from('x');
const dayMs = 86_400_000;

logArchiveSuite('a container of Azure', async () => {
  const at = place();
  return { open: async () => open(at) };
});

describe('an archive in Azure', () => {
  it('signs what its documentation says is to be signed', () => {
    const request = {
      method: 'GET',
      url: new URL(
        'https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20',
      ),
      headers: { 'x-ms-date': 'Fri, 26 Jun 2015 23:39:12 GMT', 'x-ms-version': '2015-02-21' },
      bodyBytes: 0,
    };
    expect(stringToSign('myaccount', request)).toBe(
      'GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20',
    );
  });

  it('puts each blob under a locked policy, and nothing where versions are not immutable [AUD-06]', async () => {
    const at = place();
    await open(at).put({ name: 'a', bytes, retainUntil: Date.now() + 400 * dayMs });
    const version = azure.store.current(`${at.prefix}a`);
    expect(version).toMatchObject({ mode: 'Locked' });
    expect(version?.until).toBeGreaterThan(Date.now() + 399 * dayMs);
    expect(await open(at).retainedUntil('a')).toBe(version?.until);
    // Whoever may change a policy that is not locked is bound by nothing.
    if (version !== undefined) version.mode = 'Unlocked';
    expect(await open(at).retainedUntil('a')).toBeUndefined();
    azure.isImmutable = false;
    await expect(open(at).put({ name: 'b', bytes })).rejects.toThrow(
      /no version-level immutability/u,
    );
    azure.isImmutable = true;
  });

  it('takes a token in place of a key, and says so where it has neither or a wrong one', async () => {
    const at = place();
    expect(await open(at, { AZURE_STORAGE_TOKEN: azure.token }).put({ name: 'a', bytes })).toBe(
      'stored',
    );
    await expect(open(at, {}).list('')).rejects.toThrow(/no azure_storage_key/u);
    const wrong = open(at, { AZURE_STORAGE_KEY: Buffer.from('other').toString('base64') });
    await expect(wrong.list('')).rejects.toThrow(/403 \(AuthenticationFailed\)/u);
  });

  it('tells what was deleted or put again, and gives back what was put first [AUD-06]', async () => {
    const at = place();
    const archive = open(at);
    for (const name of ['a', 'b']) await archive.put({ name, bytes });
    azure.store.put(`${at.prefix}a`, Buffer.from('forged'), {});
    azure.store.hide(`${at.prefix}b`);
    expect(await archive.overlaid('')).toEqual([
      { name: 'a', how: 'put-again' },
      { name: 'b', how: 'hidden' },
    ]);
    expect(await open(at).list('')).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(await open(at).read(name)).toEqual(bytes);
  });
});
