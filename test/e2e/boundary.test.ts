import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childOf } from './processes.ts';
import { type RunningWorld, startWorld } from './world.ts';

/** Another user in a process space of its own: how an agent is meant to run beside the gateway. */
const possible =
  process.getuid?.() === 0 && existsSync('/usr/bin/bwrap') && existsSync('/usr/bin/setpriv');
if (!possible) console.warn('the boundary test needs root, setpriv and bubblewrap: it skips');

const nobody = '65534';

/** What a hostile agent tries, as a script; prints one JSON object of what it got. */
const probe = `
import { connect } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
const [data, keys, pid, gateway, consoleUrl] = process.argv.slice(1);
const attempt = (work) => { try { return ['reached', String(work()).slice(0, 40)]; } catch (fault) { return ['refused', fault.code]; } };
const socket = () => new Promise((resolve) => {
  const one = connect(data + '/run/state.sock');
  one.on('connect', () => resolve(['reached', '']));
  one.on('error', (fault) => resolve(['refused', fault.code]));
});
const status = async (url, init) => { try { return (await fetch(url, init)).status; } catch (fault) { return fault.message; } };
console.log(JSON.stringify({
  data: attempt(() => readdirSync(data)),
  keys: attempt(() => readdirSync(keys)),
  store: attempt(() => readFileSync(data + '/store/system.sqlite')),
  setup: attempt(() => readFileSync(data + '/run/setup-link')),
  environment: attempt(() => readFileSync('/proc/' + pid + '/environ')),
  memory: attempt(() => readFileSync('/proc/' + pid + '/mem')),
  signal: attempt(() => process.kill(Number(pid), 0)),
  socket: await socket(),
  policies: await status(consoleUrl + '/v1/policies'),
  gateway: await status(gateway, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
  uid: process.getuid(),
}));
`;

describe('the boundary between agent and gateway', () => {
  let world: RunningWorld;
  beforeAll(async () => {
    if (!possible) return;
    world = await startWorld();
    // The folder around is open on purpose: the product's own rights must hold.
    chmodSync(world.instance.folder, 0o755);
  });
  afterAll(async () => {
    await world?.close();
  });

  it.skipIf(!possible)(
    'lets an agent of another user reach nothing of the gateway but its listener [EXE-09, POL-20, CRD-01]',
    async () => {
      const { data, keys, pid, gateway, console: consoleUrl } = world.instance;
      const gatewayPid = childOf(pid, 'gateway/main.ts');
      const args = [
        '--reuid',
        nobody,
        '--regid',
        nobody,
        '--clear-groups',
        '--',
        'bwrap',
        '--unshare-user',
        '--unshare-pid',
        '--unshare-ipc',
        '--cap-drop',
        'ALL',
        '--ro-bind',
        '/',
        '/',
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        '--tmpfs',
        '/run',
        '--die-with-parent',
        '--',
        process.execPath,
        '--input-type=module',
        '-e',
        probe,
        data,
        keys,
        `${gatewayPid}`,
        gateway,
        consoleUrl,
      ];
      const { stdout, stderr } = spawnSync('setpriv', args, { encoding: 'utf8', timeout: 20_000 });
      expect(stdout, stderr).not.toBe('');
      const got = JSON.parse(stdout) as Record<string, unknown>;
      expect(got['uid']).toBe(65534);
      for (const what of [
        'data',
        'keys',
        'store',
        'setup',
        'environment',
        'memory',
        'signal',
        'socket',
      ]) {
        expect(got[what], what).toMatchObject({ 0: 'refused' });
      }
      expect(got['policies']).toBe(401);
      // The one door that is open answers, and asks who is there.
      expect(got['gateway']).toBe(401);
    },
  );
});
