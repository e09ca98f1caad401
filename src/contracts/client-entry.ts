import type { PersonSession } from './person-session.ts';
import { section } from './section.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';

export type ClientIdentity =
  /** It is the document that stands at this address, which is its name too (CIMD). */
  | { readonly kind: 'metadata'; readonly url: string }
  | {
      readonly kind: 'registered';
      readonly id: string;
      readonly redirectUris: readonly string[];
      /** SHA-256 (hex) of its secret; a public client has neither. */
      readonly secretSha256: string | undefined;
      readonly keys: readonly JsonObject[] | undefined;
    }
  /** Whoever registers themselves (RFC 7591). */
  | {
      readonly kind: 'dynamic';
      readonly names: readonly string[] | undefined;
      readonly redirectUris: readonly string[];
      readonly perHour: number;
    };

/** Which agent a client acts as for whoever agrees to it. INVARIANT: said here, never by the client. */
export interface ClientEntry {
  readonly name: string;
  readonly agent: string;
  readonly identity: ClientIdentity;
  /** The most that somebody can agree to, and for how long. */
  readonly effects: readonly EffectClass[];
  readonly maxDurationMs: number;
  /** Whose client it may be; undefined where anybody who signs in may use it. */
  readonly allowed:
    | { readonly users: readonly string[]; readonly groups: readonly string[] }
    | undefined;
  /** By whom they must be signed in: others may call somebody else so. Undefined: by whomever. */
  readonly provider?: string;
  /** `policy`: this document agrees for them, and they are not asked. */
  readonly consent: 'user' | 'policy';
}

export const clientSection = section<ClientEntry>('clients');

export function mayUseClient(
  { allowed, provider }: Pick<ClientEntry, 'allowed' | 'provider'>,
  session: Pick<PersonSession, 'provider'> & {
    readonly user: Pick<PersonSession['user'], 'subject' | 'groups'>;
  },
): boolean {
  if (provider !== undefined && provider !== session.provider) return false;
  const { subject, groups } = session.user;
  if (allowed === undefined) return true;
  return allowed.users.includes(subject) || allowed.groups.some((group) => groups.includes(group));
}

/** Who acts as an agent that is there: a document that names another one is in force for nobody. */
export function actsAs({ agent }: ClientEntry, tenant: TenantSnapshot | undefined): boolean {
  return tenant !== undefined && Object.hasOwn(tenant.agents, agent);
}
