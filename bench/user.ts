import { createHash } from 'node:crypto';
import type { Instance } from '../test/e2e/instance.ts';
import { agreeAt, identityProvider } from '../test/e2e/oauth-world.ts';
import { startProvider } from '../test/e2e/sign-in-provider.ts';
import { nextTokens, type PlainClient, userTokens } from '../test/e2e/user-tokens.ts';

const secret = 'a secret of the bench';
const redirectUri = 'https://client.example/callback';

/** Access tokens of a user who signed in at a provider and agreed to a client, each time a new one. */
export async function userOf(instance: Instance): Promise<() => Promise<string>> {
  const control = instance.console.replace('127.0.0.1', 'localhost');
  const client: PlainClient = {
    control,
    id: 'bench',
    secret,
    redirectUri,
    agree: agreeAt(control),
  };
  const provider = await startProvider({
    redirectUri: `${control}/sign-in/callback`,
    logoutUri: `${control}/sign-in/backchannel-logout`,
  });
  try {
    await describe(instance, identityProvider(provider));
    let held = await userTokens(client, 'ann');
    return async () => {
      held = await nextTokens(client, held);
      return held.access;
    };
  } finally {
    await provider.close();
  }
}

async function describe({ admin }: Instance, provider: object): Promise<void> {
  const secretSha256 = createHash('sha256').update(secret).digest('hex');
  const identity = { id: 'bench', redirectUris: [redirectUri], secretSha256 };
  const spec = { agent: 'bench', effects: ['read', 'write'], identity };
  const tools = ['echo', 'big', 'write'].map((tool) => ({ tool: `bench/${tool}` }));
  await admin.request('PUT', '/v1/secrets/corp-client', { value: 'a secret of this client' });
  for (const document of [
    provider,
    { kind: 'Client', name: 'bench', spec },
    { kind: 'Entitlement', name: 'bench', spec: { everyone: true, tools } },
  ]) {
    await admin.request('POST', '/v1/documents', { ...document });
  }
}
