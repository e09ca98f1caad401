import type { CompiledConfiguration, Configuration } from '#contracts/plane-part.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { problemsOf } from './folder.ts';
import { checkBeside, compileNext, type Proposing } from './next-snapshot.ts';
import { keyOf, stepsOf, type Wanted, withSteps } from './plan.ts';

/** What would be in force if these documents were so. Compiled like a Snapshot that is to come; nothing is stored. */
export async function proposeDocuments(
  parts: Proposing,
  current: Configuration | undefined,
  { tenant, wanted }: { readonly tenant: string; readonly wanted: Wanted },
): Promise<CompiledConfiguration> {
  knownTenant(current, tenant);
  await checkNames(parts, tenant, wanted);
  let next: Snapshot;
  try {
    await checkBeside(parts, tenant, wanted.documents);
    next = await compileNext(parts, current?.snapshot, (stored) =>
      withSteps(stored, stepsOf(stored, wanted)),
    );
  } catch (fault) {
    const problems = problemsOf(fault);
    if (problems === undefined) throw fault;
    return { kind: 'refused', problems: problems.map((message) => ({ message })) };
  }
  return parts.compile(next, current);
}

/** What is in force, but for entries of this tenant. */
export async function alterTenant(
  parts: Pick<Proposing, 'compile'>,
  current: Configuration | undefined,
  asked: {
    readonly tenant: string;
    readonly change: (entry: TenantSnapshot) => TenantSnapshot;
  },
): Promise<CompiledConfiguration> {
  const { snapshot, entry } = knownTenant(current, asked.tenant);
  // What gateways were given was made of the policies in force.
  const { judgedPolicies: _, judgedShadow: __, ...changed } = asked.change(entry);
  const digest = sha256Hex(`altered ${snapshot.digest}`);
  const tenants = { ...snapshot.tenants, [asked.tenant]: changed };
  const next: Snapshot = { ...snapshot, digest, tenants };
  return parts.compile(next, current);
}

/** Whoever takes out what is not there has mistaken its name, and would hear that nothing changes. */
async function checkNames(
  { store }: Pick<Proposing, 'store'>,
  tenant: string,
  { remove }: Wanted,
): Promise<void> {
  if (remove.length === 0) return;
  const known = new Set((await store.documents.list(tenant)).map(keyOf));
  const stray = remove.filter((one) => !known.has(keyOf(one)));
  if (stray.length === 0) return;
  const names = stray.map(({ kind, name }) => `${kind} \`${name}\``).join(', ');
  throw new BailiwickError('api/not-found', {
    message: `there is no ${names}`,
    suggestedAction: 'leave out what `bailiwick get` lists',
  });
}

function knownTenant(current: Configuration | undefined, tenant: string) {
  const entry = current?.snapshot.tenants[tenant];
  if (current !== undefined && entry !== undefined) return { snapshot: current.snapshot, entry };
  throw new BailiwickError('api/not-found', {
    message: 'this tenant has no configuration yet',
    suggestedAction: 'put its documents first',
  });
}
