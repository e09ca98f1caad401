import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeAuthorizationServer } from '../fakes/fake-authorization-server.ts';
import { exchange, fetchWith, tokenTypes } from './exchange.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { exchangeAudience, type SmallProvider, startSmallProvider } from './small-provider.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { callTool, listTools } from './wire.ts';

const scope = 'api://crm/read';

let provider: SmallProvider;
let entra: FakeAuthorizationServer;
let upstream: Upstream;
let instance: Instance;
let agent: TestAgent;

function documents(): Record<string, string> {
  const oidc = {
    issuer: provider.issuer,
    clientId: 'bailiwick',
    clientKey: true,
    loopback: true,
    exchangeAudiences: [exchangeAudience],
  };
  const everybody = { agent: 'worker', provider: 'corp', everyone: true, effects: ['read'] };
  const tools = [{ tool: 'crm/echo' }];
  const all = [
    { kind: 'IdentityProvider', name: 'corp', spec: { oidc } },
    {
      kind: 'Agent',
      name: 'worker',
      spec: { owner: 'ada@example.com', purpose: 'reads', manifest: 'work' },
    },
    { kind: 'Manifest', name: 'work', spec: { tools } },
    { kind: 'Entitlement', name: 'all', spec: { everyone: true, tools } },
    { kind: 'Exchange', name: 'worker-corp', spec: { ...everybody, carries: true } },
    {
      kind: 'ToolServer',
      name: 'crm',
      spec: {
        connect: { url: upstream.url },
        pin: 'first-seen',
        results: { labels: [] },
        tools: { echo: { effect: 'read' } },
        credential: {
          exchange: {
            mode: 'on-behalf-of',
            tokenEndpoint: `${entra.url}/token`,
            clientId: 'app',
            clientSecret: 'entra',
            scope,
            namesActor: false,
            loopback: true,
          },
        },
      },
    },
  ];
  return { 'all.yaml': all.map((one) => JSON.stringify(one)).join('\n---\n') };
}

beforeAll(async () => {
  provider = await startSmallProvider();
  entra = await new FakeAuthorizationServer().start();
  upstream = await startUpstream();
  instance = await startInstance({ documents: documents() });
  await instance.admin.request('PUT', '/v1/secrets/entra', { value: 'a secret of the app' });
  agent = await instance.enrolAgent('worker');
}, 90_000);
afterAll(async () => {
  await instance?.remove();
  await upstream?.close();
  entra?.close();
  await provider?.close();
});

describe('a tool server whose authorization server takes the user’s own token alone', () => {
  it('is asked with a token for that user, which the gateway had by the token that the agent brought [SYS-017]', async () => {
    entra.clients.set('app', 'a secret of the app');
    const brought = provider.token({ subject: 'ann', groups: [], sid: 'sid-1' });
    entra.shapes.set('/token', {
      fields: {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: brought,
        requested_token_use: 'on_behalf_of',
        scope,
      },
      answer: () => ({ access_token: 'for-ann-at-crm', token_type: 'Bearer', expires_in: 300 }),
    });
    const { token } = await exchange(agent, brought, tokenTypes.access, {});
    const send = fetchWith(agent, token);
    for (let tries = 0; tries < 1_000; tries += 1) {
      const { body } = await listTools(send, instance.gateway);
      if (body.result?.tools?.length === 1) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const answer = await callTool(send, instance.gateway, 'crm__echo', { text: 'hi' });
    expect(answer.isError, answer.text).toBe(false);
    const [call] = upstream.calls();
    expect(call?.headers.authorization).toBe('Bearer for-ann-at-crm');
    expect(JSON.stringify(call?.headers)).not.toContain(brought.slice(-40));
    expect(JSON.stringify(upstream.received())).not.toContain(brought.slice(-40));
    expect(instance.output()).not.toContain(brought.slice(-40));
  });

  it('is not asked for whoever acts for nobody: no token of a user goes along', async () => {
    const before = entra.asked.length;
    const answer = await callTool(agent.fetch, instance.gateway, 'crm__echo', { text: 'hi' });
    expect(answer.told?.code).toBe('credentials/exchange-refused');
    expect(entra.asked).toHaveLength(before);
  });
});
