import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliPlace, runCli, until } from './cli.ts';
import { type Instance, startInstance } from './instance.ts';

let instance: Instance;
let place: CliPlace;

type Json = Record<string, unknown>;

beforeAll(async () => {
  instance = await startInstance();
  place = { home: join(instance.folder, 'home'), data: instance.data };
}, 60_000);

afterAll(() => instance?.remove());

const cli = (...args: string[]) => runCli(place, [...args, '-o', 'json']);

describe('an admin who has lost their credential', () => {
  it('gets another as the owner of the keys; the old one is worth nothing, and status and log are loud', async () => {
    expect((await cli('status')).json()['code']).toBe('api/unauthorized');
    const wrong = await cli('login', '--name', 'nobody');
    expect([wrong.code, wrong.json()['suggestedAction']]).toEqual([
      3,
      expect.stringContaining('ada'),
    ]);
    const signedIn = await cli('login');
    expect(signedIn.json()).toMatchObject({ name: 'ada', role: 'admin' });
    const status = (await cli('status')).json();
    const items = status['readiness'] as Json[];
    expect(items.find(({ item }) => item === 'sign-in')).toMatchObject({ state: 'red' });
    expect(items.find(({ item }) => item === 'gateways')).toMatchObject({ why: '1 of 1 serve' });
    await expect(instance.admin.request('GET', '/v1/status')).rejects.toMatchObject({
      code: 'api/unauthorized',
    });
    // The log's right edge comes a moment later.
    const told = await until(
      () => cli('audit', 'tail'),
      ({ stdout }) => stdout.includes('identity.credential-renewed'),
    );
    const tail = told.json();
    const renewed = (tail['records'] as { record: Json }[]).filter(
      ({ record }) => record['type'] === 'identity.credential-renewed',
    );
    expect(renewed).toMatchObject([
      { record: { details: { name: 'ada', uid: process.getuid?.() } } },
    ]);
    const credential = 'credentialFile' in signedIn.json();
    expect([credential, readdirSync(join(instance.keys, 'login'))]).toEqual([true, ['last']]);
  });

  it('is told that nothing was done where the credential could not be kept, and leaves no request behind', async () => {
    const file = join(instance.folder, 'no-folder');
    writeFileSync(file, '');
    const refused = await runCli({ home: join(file, 'home'), data: instance.data }, ['login']);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining('nothing was done'),
    ]);
    expect(readdirSync(join(instance.keys, 'login'))).toEqual(['last']);
    expect((await cli('status')).code).toBe(0);
  });

  it('gets nothing where others can write into the folder, nor where nothing runs', async () => {
    const folder = join(instance.keys, 'login');
    chmodSync(folder, 0o777);
    const { code, stdout } = await cli('login', '--keys', instance.keys);
    chmodSync(folder, 0o700);
    expect([code, stdout]).toEqual([5, expect.stringContaining('nobody answered')]);
    const nowhere = { home: place.home, data: join(instance.folder, 'none') };
    expect((await runCli(nowhere, ['login'])).code).toBe(5);
    expect(existsSync(join(place.home, 'credentials.json'))).toBe(true);
  });
});
