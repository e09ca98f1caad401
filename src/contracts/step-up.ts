import type { Person } from '#kernel/principal.ts';
import type { StepUpEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { entriesOf, section } from './section.ts';

/** What people do here, as far as a document may ask for another sign-in before it. */
export const guardedActs = [
  'approve',
  'release',
  'resume',
  'people',
  'elevate',
  'tokens',
  'passkeys',
  'secrets',
  'documents',
  'tools',
  'agents',
  'tasks',
  'effects',
  'reveal',
  'erase',
  'holds',
] as const;

/** What only takes away, or only says something: nobody has to sign in again to stop something. */
export type SafeAct = 'reject' | 'stop' | 'suspend' | 'revoke' | 'annotate' | 'evidence';

export type PersonAct = (typeof guardedActs)[number] | SafeAct;

export const stepUps = section<StepUpEntry>('stepUps');

/** What is done, as far as documents may ask for more. */
export interface JudgedAct {
  readonly act: PersonAct;
  /** Of what is decided about, where it is decided about something that is held. */
  readonly approvalClass: string | undefined;
}

/**
 * The documents that ask for another sign-in than this person has. INVARIANT: whoever did not sign in, but
 * sends a credential or a token, never satisfies one; and what the provider did not say is not so.
 */
export function unmetStepUps(
  tenant: TenantSnapshot | undefined,
  { act, approvalClass }: JudgedAct,
  { through }: Pick<Person, 'through'>,
  now: number,
): readonly StepUpEntry[] {
  // Whoever adds a passkey signs in by it next: it must not be weaker than anything that is asked for.
  const asked = Object.values(entriesOf(tenant, stepUps)).filter(
    (one) =>
      act === 'passkeys' ||
      (one.acts.includes(act) &&
        (one.approvalClass === undefined || one.approvalClass === approvalClass)),
  );
  return asked.filter((one) => !satisfies(one, through, now));
}

function satisfies(asked: StepUpEntry, through: Person['through'], now: number): boolean {
  if (through?.kind !== 'session') return false;
  const { acr, amr = [], signedInAt } = through;
  const isStrong = asked.acr.length === 0 || (acr !== undefined && asked.acr.includes(acr));
  const hasAll = asked.amr.every((one) => amr.includes(one));
  // A sign-in of the future is a clock that is wrong: it is not fresh.
  const age = signedInAt === undefined ? Number.NaN : now - signedInAt;
  const isFresh = asked.withinMs === undefined || (age >= -skewMs && age <= asked.withinMs);
  return isStrong && hasAll && isFresh;
}

/** How far the clock of whoever signed them in may be ahead of ours. */
const skewMs = 30_000;
