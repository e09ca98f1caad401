import { createHash, randomBytes } from 'node:crypto';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type ControlWorld, createControlWorld, gatewayOrigin } from './control-world.ts';

export const secret = 'a secret of many letters';
export const redirectUri = 'https://app.example/callback';
export const metadataUrl = 'https://tool.example/client.json';
export const resource = `${gatewayOrigin}/mcp`;

/** What stands at the address of the client that is described there. */
export const described: JsonObject = {
  client_id: metadataUrl,
  client_name: 'Described',
  redirect_uris: ['https://tool.example/cb', 'http://127.0.0.1/cb'],
};

const documents: readonly { kind: string; name: string; spec: JsonObject }[] = [
  {
    kind: 'ToolServer',
    name: 'crm',
    spec: {
      connect: { url: 'http://127.0.0.1:1/mcp' },
      tools: { find: { effect: 'read' }, change: { effect: 'write' }, drop: { effect: 'delete' } },
    },
  },
  {
    kind: 'Manifest',
    name: 'work',
    spec: { tools: ['find', 'change', 'drop'].map((tool) => ({ tool: `crm/${tool}` })) },
  },
  { kind: 'Agent', name: 'coder', spec: { owner: 'Olga', purpose: 'It codes.', manifest: 'work' } },
  {
    kind: 'Entitlement',
    name: 'all',
    spec: { everyone: true, tools: [{ tool: 'crm/find' }, { tool: 'crm/change' }] },
  },
  {
    kind: 'Client',
    name: 'app',
    spec: {
      agent: 'coder',
      effects: ['read', 'write'],
      maxDuration: '8h',
      identity: {
        id: 'app',
        redirectUris: [redirectUri, 'https://app.example/second'],
        secretSha256: sha256Hex(secret),
      },
    },
  },
  {
    kind: 'Client',
    name: 'other',
    spec: {
      agent: 'coder',
      identity: { id: 'other', redirectUris: [redirectUri], secretSha256: sha256Hex(secret) },
    },
  },
  {
    kind: 'Client',
    name: 'described',
    spec: { agent: 'coder', identity: { metadata: metadataUrl } },
  },
  {
    kind: 'Client',
    name: 'anybody',
    spec: {
      agent: 'coder',
      effects: ['read', 'write', 'delete'],
      identity: { dynamic: { redirectUris: ['loopback', 'cursor:'], perHour: 5 } },
    },
  },
];

export interface OAuthWorld extends ControlWorld {
  readonly session: PersonSession;
  /** As the browser of the user sends it. */
  readonly cookie: string;
  /** What stands outside, by address. */
  readonly outside: Map<string, OutboundAnswer>;
  /** Another user who has signed in. */
  signIn(subject: string): Promise<{ readonly session: PersonSession; readonly cookie: string }>;
  put(kind: string, name: string, spec: JsonObject): Promise<void>;
}

/** The control program with clients, an agent and a user who has signed in. */
export async function createOAuthWorld(): Promise<OAuthWorld> {
  const outside = new Map([[metadataUrl, jsonAnswer(described)]]);
  const world = await createControlWorld({ outside: (url) => outside.get(url) });
  const put = async (kind: string, name: string, spec: JsonObject): Promise<void> => {
    const body = { kind, name, spec, reason: 'a test' };
    const as = world.credential('admin');
    const answer = await world.ask('POST', '/v1/documents', { as, body });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  };
  const by = { tenant: 'main', by: 'admin-main', now: world.clock.now() };
  for (const document of documents) {
    await world.store.documents.put({ ...document, ...by, digest: sha256Hex(document.name) });
  }
  // Once for all of them.
  await world.recompile();
  const signIn = async (subject: string) => {
    const { session, cookie } = await world.sessions.begin(
      {
        tenant: 'main',
        user: { issuer: 'https://idp.example', subject, name: subject, groups: [] },
        roles: [],
        provider: 'corp',
        providerSession: undefined,
        by: 'browser',
        expiresAt: world.clock.now() + 28_800_000,
      },
      '127.0.0.1',
    );
    return { session, cookie: cookie.slice(0, cookie.indexOf(';')) };
  };
  return Object.assign(world, { ...(await signIn('ann')), outside, put, signIn });
}

export function jsonAnswer(body: JsonObject, maxAge?: number): OutboundAnswer {
  return {
    status: 200,
    type: 'application/json',
    body: Buffer.from(JSON.stringify(body)),
    maxAge,
  };
}

/** RFC 7636. */
export function newPkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
