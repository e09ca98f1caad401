import { clientSection } from '#contracts/client-entry.ts';
import { identityProviders } from '#contracts/identity-provider.ts';
import { entriesOf } from '#contracts/section.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { isMetByOthers, type MetPlace } from './https-item.ts';

interface Item {
  readonly item: 'people' | 'clients';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** Whether somebody beside us says who people are. */
export function peopleItem(tenant: TenantSnapshot | undefined): Item {
  const providers = Object.values(entriesOf(tenant, identityProviders)).map(({ name }) => name);
  if (providers.length > 0) {
    return { item: 'people', state: 'green', why: `people sign in by ${providers.join(', ')}` };
  }
  const why =
    'no identity provider: admins are kept here, by passkey or credential, and nobody hears when one leaves; put an IdentityProvider';
  return { item: 'people', state: 'red', why };
}

/** Clients that register themselves are for trying out: nobody has verified any of them. */
export function clientsItem(
  tenant: TenantSnapshot | undefined,
  places: readonly MetPlace[],
): Item | undefined {
  const open = Object.values(entriesOf(tenant, clientSection))
    .filter(({ identity }) => identity.kind === 'dynamic')
    .map(({ name }) => name);
  if (open.length === 0) return undefined;
  const isRed = isMetByOthers(places);
  const where = isRed ? 'also from other machines' : 'on this machine';
  const why = `clients may register themselves ${where}, verified by nobody: ${open.join(', ')}; name those that you know by \`id\` or \`metadata\``;
  return { item: 'clients', state: isRed ? 'red' : 'amber', why };
}
