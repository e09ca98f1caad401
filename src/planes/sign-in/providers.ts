import { clientSection } from '#contracts/client-entry.ts';
import { exchangeSection } from '#contracts/exchange-entry.ts';
import { type IdentityProviderEntry, identityProviders } from '#contracts/identity-provider.ts';
import { entriesOf, entryOf } from '#contracts/section.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';

/** What is configured now. */
export interface Configured {
  readonly tenant: (name: string) => TenantSnapshot | undefined;
}

export function configuredBy(snapshot: () => Snapshot | undefined): Configured {
  return {
    tenant: (name) => {
      const tenants = snapshot()?.tenants ?? {};
      return Object.hasOwn(tenants, name) ? tenants[name] : undefined;
    },
  };
}

export function providerNamed(tenant: TenantSnapshot | undefined, name: string) {
  const entry = entryOf(tenant, identityProviders, name);
  if (entry === undefined) throw new BailiwickError('identity/unknown-provider');
  return entry;
}

/** INVARIANT: of two documents with one issuer none is chosen by chance: the first by name, always. */
export function providersOf(tenant: TenantSnapshot | undefined): readonly IdentityProviderEntry[] {
  return Object.values(entriesOf(tenant, identityProviders)).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/**
 * On what of its document a sign-in stands: who says who somebody is, and what follows from it; and on which
 * groups rules ask for, as who signed in before lacks a group that a new rule forbids. Undefined of a provider that
 * is no document, or not there any more.
 */
export function footingOf(tenant: TenantSnapshot | undefined, name: string): string | undefined {
  const entry = entryOf(tenant, identityProviders, name);
  if (entry === undefined) return undefined;
  const { oidc, claims, roles, require } = entry;
  const { issuer, clientId } = oidc;
  // Plain data of a document: there is nothing in it that JSON has not.
  const asked = judgedTexts(tenant);
  const judged = asked.length === 0 ? undefined : asked;
  const standing = { issuer, clientId, claims, roles, require, judged } as unknown as JsonObject;
  return sha256Hex(canonicalText(withoutAbsent(standing)));
}

function withoutAbsent(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [
        key,
        typeof item === 'object' && item !== null && !Array.isArray(item)
          ? withoutAbsent(item as JsonObject)
          : item,
      ])
      .filter(([, item]) => item !== undefined),
  ) as JsonObject;
}

/**
 * Groups that mean something here. What no document names is nobody's business. INVARIANT: whatever asks for a
 * group of a person is in here: else a rule that forbids it is open.
 */
export function namedGroups(
  tenant: TenantSnapshot | undefined,
  entry: IdentityProviderEntry,
): ReadonlySet<string> {
  const entitled = Object.values(tenant?.entitlements ?? {}).flatMap(({ groups }) => groups);
  const ruled = entry.roles.flatMap((rule) => (rule.kind === 'group' ? [rule.group] : []));
  const exchanged = Object.values(entriesOf(tenant, exchangeSection)).flatMap((one) => one.groups);
  const ofClients = Object.values(entriesOf(tenant, clientSection)).flatMap(
    ({ allowed }) => allowed?.groups ?? [],
  );
  const passed = entry.claims.passGroups ?? [];
  const judged = judgedTexts(tenant);
  return new Set([...entitled, ...ruled, ...exchanged, ...ofClients, ...passed, ...judged]);
}

/** Comments, annotations and names of entities go first: what is quoted in them is no group. */
const cedarToken =
  /\/\/[^\n]*|@\w+\s*\(\s*"(?:[^"\\]|\\[^])*"|::\s*"(?:[^"\\]|\\[^])*"|"((?:[^"\\]|\\[^])*)"/g;

/**
 * Whatever text stands in a policy that asks for groups. It may be no group: then nobody is in it. What a policy
 * does not spell out, the document of the provider lists.
 */
function judgedTexts(tenant: TenantSnapshot | undefined): readonly string[] {
  const texts = (tenant?.policies ?? [])
    .filter(({ cedar }) => cedar.includes('groups'))
    .flatMap(({ cedar }) =>
      [...cedar.matchAll(cedarToken)].flatMap(([, text]) =>
        text === undefined ? [] : plainly(text),
      ),
    );
  return [...new Set(texts)].sort();
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0' };

/** As the engine reads it. */
function plainly(text: string): string {
  return text.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([^]))/g,
    (_all, wide?: string, byte?: string, letter?: string) => {
      const hex = wide ?? byte;
      if (hex === undefined) return escapes[letter ?? ''] ?? letter ?? '';
      const point = Number.parseInt(hex, 16);
      return point > 0x10_ff_ff ? '' : String.fromCodePoint(point);
    },
  );
}
