import type { ProviderEntry } from '#contracts/model-provider.ts';
import { type Refusal, isRefusal, refusal } from '#kernel/errors.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import { manifestFor } from '#contracts/rights.ts';
import type { AgentEntry, EntitlementEntry, ManifestEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import type { ModelView, ResolvedModel } from './door.ts';
import { type JudgedRequest, judgeRequest } from './request.ts';

/** What of a tenant's configuration this plane reads. */
export interface TenantModels {
  readonly agents: Readonly<Record<string, AgentEntry>>;
  readonly manifests: Readonly<Record<string, ManifestEntry>>;
  readonly providers: Readonly<Record<string, ProviderEntry>>;
  readonly entitlements?: Readonly<Record<string, EntitlementEntry>>;
}

type Found = Omit<ResolvedModel, 'outsideEnvelope' | 'outputBound' | 'choices'>;

export function modelView(tenants: Readonly<Record<string, TenantModels>>): ModelView {
  return {
    list(principal) {
      const tenant = own(tenants, principal.tenant);
      const manifest = tenant === undefined ? undefined : manifestIn(tenant, principal)?.manifest;
      return (manifest?.targets ?? [])
        .map(({ target }) => target)
        .filter((target) => find(tenants, principal, target) !== undefined)
        .map(({ owner, name }) => `${owner}/${name}`);
    },
    sees: (principal, target) => find(tenants, principal, target) !== undefined,
    resolve(principal, target, request) {
      const found = find(tenants, principal, target);
      // INVARIANT: one answer for what is hidden and for what does not exist.
      if (found === undefined) return refusal('models/not-visible');
      const judged = judgeRequest(request);
      if (isRefusal(judged)) return judged;
      const bounds = judged.outputTokens !== undefined;
      return {
        ...found,
        choices: judged.choices,
        outputBound: bounds ? undefined : found.model.maxOutputTokens,
        outsideEnvelope: outside(found, judged),
      };
    },
  };
}

function outside({ model }: Found, { outputTokens }: JudgedRequest): Refusal | undefined {
  const most = model.maxOutputTokens;
  if (most === undefined || outputTokens === undefined || outputTokens <= most) return undefined;
  return refusal('models/outside-envelope', { details: { maxOutputTokens: most } });
}

function find(
  tenants: Readonly<Record<string, TenantModels>>,
  principal: Principal,
  target: Target,
): Found | undefined {
  const tenant = own(tenants, principal.tenant);
  if (tenant === undefined || target.kind !== 'model' || target.name === undefined)
    return undefined;
  const known = manifestIn(tenant, principal);
  // INVARIANT: exact names only; a grant by prefix is none of a model.
  if (known === undefined || grantsTarget(known.manifest, target)?.prefix !== false)
    return undefined;
  const provider = own(tenant.providers, target.owner);
  const model = provider === undefined ? undefined : own(provider.models, target.name);
  return provider === undefined || model === undefined ? undefined : { ...known, provider, model };
}

function manifestIn(
  tenant: TenantModels,
  principal: Principal,
): { readonly agent: AgentEntry; readonly manifest: ManifestEntry } | undefined {
  const agent = own(tenant.agents, principal.agent);
  const manifest = manifestFor(tenant, principal);
  return agent === undefined || manifest === undefined ? undefined : { agent, manifest };
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
