import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
} from '#contracts/desk.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { holdsRole, isSamePerson, type Person } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { createTurns } from '#kernel/turns.ts';
import type { KeptRights } from '#contracts/kept-rights.ts';
import type { PeopleDesk, Welcomed } from './door.ts';
import { human } from './enrolment-records.ts';
import {
  checkedRoles,
  eligibleDetail,
  eligibleOf,
  type PeopleChangeParts,
  remove,
  setRoles,
} from './people-changes.ts';
import { mendRights } from './rights-watch.ts';

export interface PeopleDeskParts extends PeopleChangeParts {
  /** Where the first person is at home. */
  readonly systemTenant: string;
  readonly keptRights: KeptRights;
}

/** INVARIANT: a person is on record before they can act, and their credential is kept nowhere. */
export function createPeopleDesk(parts: PeopleDeskParts): PeopleDesk {
  const turns = createTurns();
  return {
    list: (tenant) => parts.people.list(tenant),
    redeemSetupLink: (ask) => turns.take('setup', () => redeem(parts, ask)),
    renew: (ask) => turns.take('setup', () => renew(parts, ask)),
    async add(act) {
      checkRight(act, 'admin');
      checkInPerson(act);
      checkReason(act);
      return turns.take(act.by.tenant, () => add(parts, act));
    },
    async setRoles(act) {
      checkRight(act, 'admin');
      checkInPerson(act);
      checkReason(act);
      return turns.take(act.by.tenant, () => setRoles(parts, act));
    },
    async remove(act) {
      checkRight(act, 'admin');
      checkInPerson(act);
      checkReason(act);
      return turns.take(act.by.tenant, () => remove(parts, act));
    },
    differing: (tenant) => parts.keptRights.seen(tenant),
    mend: (act) => turns.take(act.by.tenant, () => mendRights(parts, act)),
  };
}

async function redeem(
  { people, recorder, clock, systemTenant: tenant }: PeopleDeskParts,
  { link, name }: Parameters<PeopleDesk['redeemSetupLink']>[0],
): Promise<Welcomed> {
  const now = clock.now();
  const digest = sha256Hex(link);
  // Asked first: whoever guesses links writes no record that somebody was added.
  if (!(await people.isSetupLink({ digest, now }))) {
    throw new BailiwickError('api/setup-link-invalid');
  }
  const person: Person = { tenant, name, roles: ['admin'] };
  const draft: RecordDraft = {
    type: 'identity.person-added',
    tenant,
    actors: [human(name)],
    details: { name, roles: [...person.roles], by: 'setup link' },
  };
  return welcome(recorder, { draft, person }, (credentialDigest) =>
    people.redeemSetupLink({ digest, person, credentialDigest, now }),
  );
}

async function renew(
  { people, recorder, systemTenant: tenant }: PeopleDeskParts,
  { name, credentialDigest, uid }: Parameters<PeopleDesk['renew']>[0],
): Promise<Person> {
  const admins = (await people.list(tenant)).filter((one) => holdsRole(one, 'admin'));
  const meant = admins.filter((one) => name === undefined || one.name === name);
  const [admin] = meant;
  if (admin === undefined || meant.length > 1) throw whichAdmin(admins);
  const draft: RecordDraft = {
    type: 'identity.credential-renewed',
    tenant,
    // Who sat there, nobody knows: somebody who owns the keys.
    actors: [{ kind: 'system', name: 'system/keys' }],
    details: { name: admin.name, roles: [...admin.roles], by: 'the folder of the keys', uid },
  };
  return recordThenDo(recorder, draft, async () => {
    await people.renewCredential({ tenant, name: admin.name, credentialDigest });
    return { tenant, name: admin.name, roles: admin.roles };
  });
}

function whichAdmin(admins: readonly Person[]): BailiwickError {
  const names = admins.map(({ name }) => name).join(', ');
  return admins.length === 0
    ? new BailiwickError('api/not-found', {
        message: 'nobody is set up yet',
        suggestedAction: 'use the setup link that `bailiwick up` prints',
      })
    : new BailiwickError('api/not-found', {
        message: 'this names no single admin',
        suggestedAction: `name one with \`--name\`: ${names}`,
      });
}

async function add(
  { people, recorder, clock }: PeopleDeskParts,
  act: Parameters<PeopleDesk['add']>[0],
): Promise<Welcomed> {
  const { by, name } = act;
  const eligible = eligibleOf(act);
  const person: Person = { tenant: by.tenant, name, roles: checkedRoles(act) };
  const there = (await people.list(by.tenant)).find((one) => isSamePerson(one.name, name));
  if (there !== undefined) throw isThere(name, there.name);
  const draft = actDraft('identity.person-added', act, {
    name,
    roles: [...person.roles],
    ...eligibleDetail(eligible),
  });
  return welcome(recorder, { draft, person }, (credentialDigest) =>
    people.addPerson({ person: { ...person, eligible }, credentialDigest, now: clock.now() }),
  );
}

/** INVARIANT: two names that fold to one are one human, so that nobody is their own second person. */
function isThere(name: string, known: string): BailiwickError {
  if (name === known) {
    return new BailiwickError('store/conflict', { message: `\`${name}\` is there already` });
  }
  return new BailiwickError('store/conflict', {
    message: `\`${name}\` is \`${known}\` in another spelling, who is there already`,
    suggestedAction: 'give them a name that differs in more than its spelling',
  });
}

function welcome(
  recorder: DeskRecorder,
  { draft, person }: { readonly draft: RecordDraft; readonly person: Person },
  store: (credentialDigest: string) => Promise<unknown>,
): Promise<Welcomed> {
  const credential = newCapability() + newCapability();
  return recordThenDo(recorder, draft, async () => {
    await store(sha256Hex(credential));
    return { person, credential };
  });
}
