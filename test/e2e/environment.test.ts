import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary } from './cases.ts';
import { estate } from './documents.ts';
import { type Instance, StartFailed, startInstance, type TestAgent } from './instance.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { callTool } from './wire.ts';
import { toolsAreServed } from './world.ts';

type Json = Record<string, unknown>;

const names = ['dev', 'staging', 'production'] as const;
const extra = `---
kind: Environment
name: dev
spec: { purpose: rehearsals }
---
kind: Environment
name: staging
spec: { purpose: the last rehearsal }
---
kind: Environment
name: production
spec: { purpose: customers }
---
kind: Agent
name: pilot
spec: { owner: ada@example.com, purpose: is tried out, manifest: work, environments: [dev] }
---
kind: Policy
name: dev
spec:
  environments: [dev]
  cedar: '@id("dev-pays") permit(principal, action == Action::"fake/pay", resource);'
---
kind: Policy
name: production
spec:
  environments: [production]
  cedar: '@id("production-pays") forbid(principal, action == Action::"fake/pay", resource);'
`;

let upstream: Upstream;
let instance: Instance;

beforeAll(async () => {
  upstream = await startUpstream();
}, 60_000);
afterAll(async () => {
  await instance?.remove();
  await upstream?.close();
}, 60_000);

async function start(environment: string): Promise<void> {
  const args = ['--environment', environment];
  const documents = estate(upstream.url, extra);
  const again =
    instance === undefined ? {} : { folder: instance.folder, credential: instance.credential };
  instance = await startInstance({ documents, args, ...again });
}

/** What an agent says of where it is changes nothing. */
function spoofing({ fetch: send }: TestAgent): typeof fetch {
  return (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('bailiwick-environment', 'dev');
    headers.set('environment', 'dev');
    return send(url, { ...init, headers });
  };
}

async function pay(agent: TestAgent) {
  const args = { to: 'bob', amount: 7 };
  const meta = { 'dev.bailiwick/environment': 'dev', environment: 'dev' };
  return callTool(spoofing(agent), instance.gateway, 'fake.pay', args, { meta });
}

describe('an installation of one environment', () => {
  const expected = {
    dev: ['paid', 'paid'],
    staging: ['approvals/pending', 'standing/environment'],
    production: ['policy/denied', 'standing/environment'],
  } as const;

  it.each(names)(
    'that is %s, as whoever starts it says, has its own policy for the same call of the same agent [POL-09] [GOV-05]',
    async (environment) => {
      await start(environment);
      if (environment === 'dev') {
        await instance.admin.request('PUT', '/v1/secrets/fake-key', { value: canary });
      }
      await toolsAreServed(instance);
      const [worker, pilot] = [
        await instance.enrolAgent('worker'),
        await instance.enrolAgent('pilot'),
      ];
      const answers = [await pay(worker), await pay(pilot)];
      expect(answers.map(({ told, text }) => told?.code ?? text.slice(0, 4))).toEqual(
        expected[environment],
      );
      const status: Json = await instance.admin.request('GET', '/v1/status');
      expect(status['environment']).toBe(environment);
      for (const { record } of answers) {
        await expect
          .poll(
            async () => {
              const found = await instance.admin
                .request('GET', `/v1/records/${record}`)
                .catch(() => undefined);
              return (found?.['record'] as Json | undefined)?.['environment'];
            },
            { timeout: 30_000 },
          )
          .toBe(environment);
      }
      await instance.stop();
    },
    120_000,
  );

  it('that no document declares, or that has no name where documents name some, does not start', async () => {
    const { folder } = instance;
    const documents = estate(upstream.url, extra);
    const refused = (args: readonly string[]) =>
      startInstance({ folder, documents, args, credential: instance.credential }).catch(
        (fault: unknown) => fault,
      );
    const unknown = await refused(['--environment', 'prod']);
    expect(unknown).toBeInstanceOf(StartFailed);
    expect(String(unknown)).toMatch(/--environment.*prod/);
    const unsaid = await refused([]);
    expect(unsaid).toBeInstanceOf(StartFailed);
    expect(String(unsaid)).toContain('nobody said which one this is');
  }, 120_000);
});
