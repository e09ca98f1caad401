import type { WorkloadIssuerEntry, WorkloadRule } from '#contracts/workload-issuer.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type Json } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/**
 * Which agent a workload is, by its platform's word and a document. INVARIANT: a token that a human's sign-in gave is
 * nobody's workload, whatever a rule lists; and whoever two rules make two agents is none.
 */
export function agentOfWorkload(entry: WorkloadIssuerEntry, claims: JsonObject): string {
  refuseHumans(claims);
  const agents = new Set(
    entry.rules.filter((rule) => fits(rule, claims)).map(({ agent }) => agent),
  );
  const [agent] = agents;
  if (agent === undefined || agents.size > 1) throw new BailiwickError('identity/workload-refused');
  return agent;
}

/** What is in a token only because somebody signed in (OpenID Connect Core §2, §3.1.3.6; front- and back-channel logout). */
const signInClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'auth_time', 'amr', 'sid'];

function refuseHumans(claims: JsonObject): void {
  const isSignIn = signInClaims.some((name) => claims[name] !== undefined);
  if (isSignIn || claims['idtyp'] === 'user' || !isOfItself(claims)) {
    throw new BailiwickError('identity/user-token');
  }
}

/**
 * RFC 9068 §2.2: where a resource owner is involved the subject is theirs, else the client's own. Some platforms name
 * a workload twice: Entra's `oid` is its `sub` in tokens of applications alone, Auth0 adds `@clients`.
 */
function isOfItself({ sub, client_id: id, azp = id, oid, idtyp }: JsonObject): boolean {
  if (azp === undefined && id === undefined) return true;
  if (typeof sub !== 'string') return false;
  const own = [id, azp].filter((client) => client !== undefined);
  if (own.every((client) => client === sub || sub === atClients(client))) return true;
  return oid === sub && (idtyp === undefined || idtyp === 'app') && id === undefined;
}

function atClients(client: Json): string | undefined {
  return typeof client === 'string' ? `${client}@clients` : undefined;
}

function fits({ subject, claims: wanted }: WorkloadRule, claims: JsonObject): boolean {
  const { sub } = claims;
  return (
    typeof sub === 'string' &&
    patternOf(subject).test(sub) &&
    Object.entries(wanted).every(([name, values]) =>
      valuesOf(valueAt(claims, name)).some((value) => values.includes(value)),
    )
  );
}

function patternOf(subject: string): RegExp {
  const parts = subject.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^:/]+')}$`);
}

/** By its name; or, where that begins with a slash, by its way: `/kubernetes.io/namespace`. */
function valueAt(claims: JsonObject, name: string): Json | undefined {
  const way = name.startsWith('/') ? name.slice(1).split('/') : [name];
  let value: Json | undefined = claims;
  for (const step of way) {
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Numbers and yes or no too, as they are written. */
function valuesOf(value: Json | undefined): string[] {
  const all: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value ?? null];
  return all
    .filter((one) => ['string', 'number', 'boolean'].includes(typeof one))
    .map((one) => `${one as string | number | boolean}`);
}
