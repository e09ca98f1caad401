import type { GatewayObjects } from '#contracts/object-book.ts';
import type { GatewayOutflow } from '#contracts/outflow-book.ts';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import { agentKind } from '#planes/lifecycle/index.ts';
import { createModelKind } from '#planes/models/index.ts';
import {
  digestDefinition,
  entitlementKind,
  manifestKind,
  registryKind,
  toolServerKind,
} from '#planes/tools/index.ts';
import { speakerKind } from '#planes/identity/index.ts';
import { sealSecret } from '#planes/credentials/envelope.ts';
import type { IdentityWorld } from './identity-world.ts';

/** Of the one shape of API that the world's provider speaks. */
export const modelKind = createModelKind([{ kind: 'openai' }]);

const noFacts = { suspended: new Set<string>(), reviewed: new Map<string, never>(), now: 0 };

/** Documents of one tenant as a test writes them: one agent `worker`, one server `fake`. */
export interface WorldDocuments {
  /** Labels of things; where no document names one, nobody asks it. */
  readonly objects?: GatewayObjects;
  readonly outflow?: GatewayOutflow;
  readonly agent?: JsonObject;
  readonly manifest?: JsonObject;
  /** What users may have done for them, by name. */
  readonly entitlements?: Readonly<Record<string, JsonObject>>;
  readonly server?: JsonObject;
  /** From where tool servers may come; from anywhere unless it is given. */
  readonly registry?: JsonObject;
  readonly policies?: readonly string[];
  /** Policies that decide nothing; each is called `s0`, `s1` …, and one that begins with `replaces NAME` takes its place. */
  readonly shadows?: readonly string[];
  /** A model provider, called `fake` as well. */
  readonly provider?: JsonObject;
  /** What the inspector lets through to nobody. */
  readonly canaries?: readonly string[];
  /** More tool servers like `fake`, by name. */
  readonly servers?: readonly string[];
  /** What lies in the vault, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** How people must have signed in, by name. */
  readonly stepUps?: TenantSnapshot['stepUps'];
  /** Who may bring words of users of `https://idp.example`, by name. */
  readonly speakers?: Readonly<Record<string, JsonObject>>;
  readonly definitions: readonly ToolDefinition[];
  /** What people said yes to; all `definitions` unless it is given. */
  readonly pinned?: readonly ToolDefinition[];
}

export function definition(name: string, inputSchema: JsonObject): ToolDefinition {
  const whole = { name, inputSchema };
  return { name, definition: whole, digest: digestDefinition(whole) };
}

/** The vault of the world: sealed as it lies there. */
export function sealAll(
  wrapper: KeyringWrapper,
  secrets: Readonly<Record<string, string>>,
): TenantSnapshot['secrets'] {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, text]) => [
      name,
      sealSecret(wrapper, 'main', { name, version: 1, value: Buffer.from(text) }),
    ]),
  );
}

type Sealed = Omit<WorldDocuments, 'secrets'> & Pick<TenantSnapshot, 'secrets'>;

function registriesOf({ registry }: Pick<WorldDocuments, 'registry'>): object {
  if (registry === undefined) return {};
  const parsed = registryKind.parse('all', registry);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return { [registryKind.section.name]: { all: parsed.entry } };
}

/** The documents as a published Snapshot. */
export function snapshotOf(documents: Sealed, number: number, identity: IdentityWorld): Snapshot {
  const agent = agentKind.parse('worker', {
    owner: 'ann',
    purpose: 'p',
    manifest: 'm',
    ...documents.agent,
  });
  const manifest = manifestKind.parse('m', {
    tools: documents.definitions.map(({ name }) => ({ tool: `fake/${name}` })),
    ...documents.manifest,
  });
  const server = toolServerKind.parse('fake', {
    connect: { url: 'http://127.0.0.1:1/' },
    // As what nobody declares is judged; that it shows no sign of writing is its own test's.
    default: { effect: 'write' },
    ...documents.server,
  });
  if (agent.kind === 'problems' || manifest.kind === 'problems' || server.kind === 'problems') {
    throw new Error(JSON.stringify([agent, manifest, server]));
  }
  const pins = (documents.pinned ?? documents.definitions).map(
    ({ name, digest, definition: whole }) => [
      name,
      { tool: name, digest, definition: whole, approvedBy: 'ann', approvedAt: 0 },
    ],
  );
  const made = agentKind.compile?.(agent.entry, noFacts) ?? agent.entry;
  const tenant: TenantSnapshot = {
    ...providersOf(documents),
    tenant: 'main',
    agents: { worker: made === 'nothing' ? agent.entry : made },
    manifests: { m: manifest.entry },
    ...entitlementsOf(documents),
    ...registriesOf(documents),
    ...speakersOf(documents),
    servers: {
      fake: server.entry,
      ...Object.fromEntries(
        (documents.servers ?? []).map((name) => [name, { ...server.entry, name }]),
      ),
    },
    policies: [
      ...(documents.policies ?? []).map((cedar, at) => ({ name: `p${at}`, cedar })),
      ...shadowsOf(documents),
    ],
    secrets: documents.secrets,
    ...(documents.stepUps === undefined ? {} : { stepUps: documents.stepUps }),
    pins: { fake: Object.fromEntries(pins) },
  };
  return {
    number,
    digest: `d${number}`.padEnd(20, '0'),
    createdAt: 0,
    epoch: 0,
    tenants: { main: tenant },
    tokens: identity.enrolment.trust(),
  };
}

function shadowsOf({ shadows = [] }: Sealed): TenantSnapshot['policies'] {
  return shadows.map((text, at) => {
    const [, replaces, cedar] = /^(?:replaces (\S+) )?([^]*)$/.exec(text) ?? [];
    const shadow = { name: `s${at}`, cedar: cedar ?? '', shadow: true } as const;
    return replaces === undefined ? shadow : { ...shadow, replaces };
  });
}

function speakersOf({ speakers }: Sealed): object {
  if (speakers === undefined) return {};
  const entries = Object.entries(speakers).map(([name, spec]) => {
    const parsed = speakerKind.parse(name, { agent: 'worker', provider: 'idp', ...spec });
    if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed));
    return [name, parsed.entry] as const;
  });
  const idp = { name: 'idp', oidc: { issuer: 'https://idp.example' } };
  return { speakers: Object.fromEntries(entries), identityProviders: { idp } };
}

function entitlementsOf({ entitlements }: Sealed): Pick<TenantSnapshot, 'entitlements'> {
  if (entitlements === undefined) return {};
  const entries = Object.entries(entitlements).map(([name, spec]) => {
    const parsed = entitlementKind.parse(name, spec);
    if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed));
    return [name, parsed.entry] as const;
  });
  return { entitlements: Object.fromEntries(entries) };
}

/** Where the Snapshot keeps them; a tenant without any has no trace of it. */
function providersOf({ provider }: Sealed): object {
  if (provider === undefined) return {};
  const parsed = modelKind.parse('fake', provider);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed));
  return { [modelKind.section.name]: { fake: parsed.entry } };
}
