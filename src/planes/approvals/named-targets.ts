import { grantsTarget } from '#kernel/manifest.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { type Target, targetLabel, targetText } from '#kernel/target.ts';
import { nearest } from '#kernel/text/index.ts';

/** What of a tenant's configuration names targets. */
export type NamingTenant = Pick<
  TenantSnapshot,
  'pins' | 'servers' | 'manifests' | 'entitlements'
> & {
  /** A section of the documents of model providers. */
  readonly providers?: Readonly<
    Record<string, { readonly models: Readonly<Record<string, unknown>> }>
  >;
};

/** By a document, by a pin, or below a folder that a document lists. */
export function isNamedTarget(tenant: NamingTenant, target: Target): boolean {
  const text = targetText(target);
  for (const one of targetsOf(tenant)) if (targetText(one) === text) return true;
  // Somebody who writes it means more than one thing of that folder.
  if (text.includes('*')) return false;
  return listsOf(tenant).some((list) => grantsTarget(list, target) !== undefined);
}

/** As people write it: the one that is meant, where one is near enough. */
export function nearestTarget(tenant: NamingTenant, target: Target): string | undefined {
  return nearest(targetLabel(target), new Set([...targetsOf(tenant)].map(targetLabel)));
}

function* targetsOf(tenant: NamingTenant): Generator<Target> {
  const { pins, servers, providers = {} } = tenant;
  for (const [owner, tools] of Object.entries(pins)) yield* named('tool', owner, tools);
  for (const [owner, { tools }] of Object.entries(servers)) yield* named('tool', owner, tools);
  for (const [owner, { models }] of Object.entries(providers)) yield* named('model', owner, models);
  for (const { targets } of listsOf(tenant)) {
    for (const { target, prefix } of targets) if (!prefix) yield target;
  }
}

function listsOf({ manifests, entitlements = {} }: NamingTenant) {
  return [...Object.values(manifests), ...Object.values(entitlements)];
}

function named(
  kind: 'tool' | 'model',
  owner: string,
  names: Readonly<Record<string, unknown>>,
): readonly Target[] {
  return Object.keys(names).map((name) => ({ kind, owner, name }));
}
