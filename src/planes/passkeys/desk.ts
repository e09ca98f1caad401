import {
  type Act,
  actDraft,
  checkInPerson,
  checkRight,
  type DeskRecorder,
  recordThenDo,
} from '#contracts/desk.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { Passkey, PasskeyBook } from '#contracts/passkey-book.ts';
import type { PeopleBook } from '#contracts/people-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { holdsRole, isByProvider, type Person } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { browserOf, newBrowser } from './browser.ts';
import { credentialOf, homeOf, readAssertion, readRegistration, refusal } from './ceremony.ts';
import { type Challenges, createChallenges } from './challenges.ts';
import type { BegunSession, PasskeyDesk, SessionsOfPasskeys } from './door.ts';

export interface PasskeyDeskParts {
  readonly passkeys: PasskeyBook;
  readonly people: Pick<PeopleBook, 'byName'>;
  readonly sessions: SessionsOfPasskeys;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  /** Where people meet this program; its host is the home of their keys. */
  readonly publicUrl: () => string;
  /** Whose people these are who sign in. */
  readonly tenant: string;
}

type Room = PasskeyDeskParts & { readonly challenges: Challenges };

/** INVARIANT: a passkey says who somebody is, and nothing of what they may: that is the book of people's. */
export function createPasskeyDesk(parts: PasskeyDeskParts): PasskeyDesk {
  const room: Room = { ...parts, challenges: createChallenges(parts.clock) };
  return {
    enrolOptions: (act) => enrolOptions(room, act),
    enrol: (act) => enrol(room, act),
    list: async ({ by }) => (isByProvider(by) ? [] : parts.passkeys.list(by.tenant, by.name)),
    remove: (act) => remove(room, act),
    signInOptions() {
      const { holder, cookie } = newBrowser(isSecure(room));
      const { rpId } = homeOf(parts.publicUrl());
      const challenge = room.challenges.make(holder);
      const timeout = limits.passkeyChallengeMs;
      return { options: { challenge, rpId, timeout, userVerification: 'required' }, cookie };
    },
    signIn: (ask) => signIn(room, ask),
  };
}

function isSecure({ publicUrl }: PasskeyDeskParts): boolean {
  return publicUrl().startsWith('https:');
}

async function enrolOptions(room: Room, act: Act) {
  const { by } = act;
  await checkHolder(room, act);
  const { rpId } = homeOf(room.publicUrl());
  const held = await room.passkeys.list(by.tenant, by.name);
  return {
    challenge: room.challenges.make(personHolder(by)),
    rp: { id: rpId, name: 'Bailiwick' },
    user: { id: handleOf(by), name: by.name, displayName: by.name },
    // ES256, EdDSA, RS256: what authenticators have.
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
    timeout: limits.passkeyChallengeMs,
    attestation: 'none',
    excludeCredentials: held.map(({ credential, transports }) => ({
      type: 'public-key',
      id: credential,
      transports: [...transports],
    })),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
  };
}

/** On record before it is kept: from then on it signs in. */
async function enrol(room: Room, act: Parameters<PasskeyDesk['enrol']>[0]): Promise<Passkey> {
  const { by, name, response } = act;
  await checkHolder(room, act);
  const challenge = room.challenges.take(personHolder(by));
  if (challenge === undefined) throw refusal();
  const home = homeOf(room.publicUrl());
  const registered = await readRegistration(response, { challenge, home });
  const now = room.clock.now();
  const passkey = { ...registered, tenant: by.tenant, person: by.name, name, createdAt: now };
  const { credential } = registered;
  const draft = actDraft('identity.passkey-added', act, { name, credential, person: by.name });
  await recordThenDo(room.recorder, draft, () => room.passkeys.add(passkey));
  return { ...passkey, usedAt: undefined };
}

/** In force at once, with whatever was signed in by keys of this person; the record is owed. */
async function remove(room: Room, act: Parameters<PasskeyDesk['remove']>[0]): Promise<Passkey> {
  const { passkeys, clock, sessions } = room;
  const { by, credential, person = by.name } = act;
  checkRight(act, 'auditor', 'owner');
  const isOwn = person === by.name && !isByProvider(by);
  if (!isOwn && !holdsRole(by, 'analyst')) throw new BailiwickError('api/forbidden');
  const { tenant } = by;
  const draft = actDraft('identity.passkey-removed', act, { credential, person });
  const also = [oweRecord(draft, clock.now())];
  const removed = await passkeys.remove({ tenant, person, credential, also });
  if (removed === undefined) {
    throw new BailiwickError('api/not-found', { message: 'this person has no such passkey' });
  }
  await sessions.end({
    tenant,
    ground: { kind: 'person', person },
    by: { kind: 'human', name: by.name },
    reason: 'a passkey was removed',
  });
  return removed;
}

async function signIn(
  room: Room,
  { cookies, response, from }: Parameters<PasskeyDesk['signIn']>[0],
): Promise<BegunSession> {
  const { passkeys, people, sessions, clock, challenges, publicUrl } = room;
  const holder = browserOf(cookies, isSecure(room));
  const challenge = holder === undefined ? undefined : challenges.take(holder);
  if (challenge === undefined) throw refusal();
  const passkey = await passkeys.byCredential(credentialOf(response));
  if (passkey === undefined || passkey.tenant !== room.tenant) throw refusal();
  const home = homeOf(publicUrl());
  const asked = { challenge, home, handle: handleOf({ ...passkey, name: passkey.person }) };
  const { counter, amr } = await readAssertion(response, passkey, asked);
  const now = clock.now();
  const { credential, tenant, person: name } = passkey;
  if (!(await passkeys.use({ credential, counter, now }))) {
    throw new BailiwickError('api/passkey-copied');
  }
  const person = await people.byName(tenant, name);
  if (person === undefined) throw refusal();
  return sessions.begin(
    {
      tenant,
      person: name,
      user: { subject: name, issuer: home.origin, name, groups: [], amr, signedInAt: now },
      roles: person.roles,
      provider: 'passkey',
      providerSession: undefined,
      by: 'browser',
      expiresAt: now + limits.personSessionMs,
    },
    from,
  );
}

/** Keys are of people who are kept here, and are added by themself. */
async function checkHolder({ people }: Room, act: Act): Promise<void> {
  const { by } = act;
  checkRight(act, 'auditor', 'owner');
  checkInPerson(act);
  const kept = isByProvider(by) ? undefined : await people.byName(by.tenant, by.name);
  if (kept !== undefined) return;
  throw new BailiwickError('api/forbidden', {
    message: 'your identity provider says who you are, and no passkey here does',
    suggestedAction: 'add a passkey there',
  });
}

function personHolder({ tenant, name, through }: Person): string {
  return JSON.stringify([tenant, name, through?.id ?? 'credential']);
}

/** Authenticators keep it and give it back: it is no name. */
function handleOf({ tenant, name }: Pick<Person, 'tenant' | 'name'>): string {
  return Buffer.from(sha256Hex(JSON.stringify([tenant, name])), 'hex').toString('base64url');
}
