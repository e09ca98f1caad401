import { createHash, randomBytes } from 'node:crypto';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { Presented } from '#kernel/call.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Roster } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  createEnrolment,
  createIdentityDesk,
  type Enrolment,
  type IdentityContext,
  type IdentityDesk,
  type RevokedInstance,
} from '#planes/identity/index.ts';
import { createProof, generateInstanceKey, type InstanceKey } from '../../sdk/index.ts';
import { signJws } from '../../sdk/key.ts';
import { FakeInstanceBook } from './fake-instance-book.ts';
import { FakeKeyring } from './fake-keyring.ts';
import { FakeOverlayFeed } from './fake-overlay-feed.ts';

/** A gateway's address in tests; nothing listens there. */
export const gatewayUrl = 'http://127.0.0.1:4010/mcp';

export interface TestInstance {
  readonly key: InstanceKey;
  readonly enrolled: EnrolledInstance;
}

/** The control half with true keys and a clock that stands still, and what it has recorded. */
export interface IdentityWorld {
  readonly clock: ManualClock;
  readonly book: FakeInstanceBook;
  readonly enrolment: Enrolment;
  readonly desk: IdentityDesk;
  /** What gateways are told to refuse. */
  readonly overlay: FakeOverlayFeed;
  readonly records: RecordDraft[];
  /** While true, nothing can be recorded. */
  failing: boolean;
  roster: Roster;
  /** Agents that are not registered; everybody else is. */
  readonly unknown: Set<string>;
  join(agent: string, tenant?: string): Promise<string>;
  enrol(agent: string, key?: InstanceKey, tenant?: string): Promise<TestInstance>;
  token(instance: TestInstance): Promise<string>;
  /** As an admin of that tenant does it. */
  revoke(instance: {
    readonly tenant: string;
    readonly instance: string;
  }): Promise<RevokedInstance>;
  context(tenant?: string): IdentityContext;
}

export async function createIdentityWorld(): Promise<IdentityWorld> {
  const clock = new ManualClock();
  const book = new FakeInstanceBook();
  const records: RecordDraft[] = [];
  const owed: RecordDraft[] = [];
  const unknown = new Set<string>();
  const overlay = new FakeOverlayFeed();
  const shared = {
    instances: book,
    recorder: {
      async record(draft: RecordDraft) {
        if (world.failing) throw new BailiwickError('audit/unavailable');
        records.push(draft);
      },
      owe: async (draft: RecordDraft) => void owed.push(draft),
    },
    clock,
    onRosterChange: async () => {
      world.roster = await rosterOf(book, world.roster.number + 1);
    },
  };
  const enrolment = await createEnrolment({
    ...shared,
    keyring: new FakeKeyring(),
    knownAgent: (_tenant, name) => !unknown.has(name),
  });
  const desk = createIdentityDesk({ ...shared, enrolment, overlay });
  const world: IdentityWorld = {
    clock,
    book,
    enrolment,
    desk,
    overlay,
    records,
    failing: false,
    roster: { number: 0, instances: {}, unbound: unboundTasks },
    unknown,
    join: async (agent, tenant = 'main') =>
      (await enrolment.issueJoinToken({ tenant, agent, by: 'ada' })).token,
    async enrol(agent, key = generateInstanceKey(), tenant = 'main') {
      const joinToken = await world.join(agent, tenant);
      const proof = enrolProof(key, joinToken, clock.now());
      return { key, enrolled: await enrolment.enrol({ joinToken, jwk: key.jwk, proof }) };
    },
    async token(instance) {
      const { issuer } = enrolment.trust();
      const assertion = signAssertion(instance, { aud: issuer }, clock.now());
      return (await enrolment.issueToken({ assertion })).accessToken;
    },
    revoke: ({ tenant, instance }) =>
      desk.revoke({ by: { tenant, name: 'ada', roles: ['admin'] }, instance, reason: 'lost' }),
    context: (tenant = 'main') => ({
      tenant,
      trust: enrolment.trust(),
      roster: world.roster,
      now: clock.now(),
    }),
  };
  return world;
}

/** All instances of an agent share one task, as control begins it. */
function taskOf(tenant: string, agent: string): string {
  return `task-of-${tenant}-${agent}`;
}

const unboundTasks = Object.fromEntries(
  ['main', 'other'].flatMap((tenant) =>
    ['support', 'refunds', 'worker'].map((agent) => [
      `${tenant}/${agent}`,
      { task: taskOf(tenant, agent) },
    ]),
  ),
);

async function rosterOf(book: FakeInstanceBook, number: number): Promise<Roster> {
  const active = (await book.listAll()).filter(({ revokedAt }) => revokedAt === undefined);
  const instances = active.map(({ thumbprint, tenant, agent, instance }) => {
    const current = { task: taskOf(tenant, agent), session: `session-of-${instance}` };
    return [thumbprint, { tenant, agent, instance, current }] as const;
  });
  return { number, instances: Object.fromEntries(instances), unbound: unboundTasks };
}

export function enrolProof(key: InstanceKey, joinToken: string, now: number): string {
  const jth = createHash('sha256').update(joinToken).digest('base64url');
  const iat = Math.floor(now / 1_000);
  return signJws(key, { typ: 'bailiwick-enrol+jwt' }, { iat, jth });
}

export function signAssertion(
  { key, enrolled }: TestInstance,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): string {
  const iat = Math.floor(now / 1_000);
  const own = { iss: enrolled.instance, sub: enrolled.instance };
  const once = { iat, exp: iat + 60, jti: randomBytes(16).toString('base64url') };
  return signJws(key, { typ: 'JWT', kid: key.thumbprint }, { ...own, ...once, ...claims });
}

/** A request as its front hands it to identity; nothing in it unless it is named. */
export function presented(fields: Partial<Presented>): Presented {
  return {
    authorization: undefined,
    dpop: undefined,
    method: 'POST',
    url: gatewayUrl,
    clientCertificate: undefined,
    ambiguous: false,
    ...fields,
  };
}

export interface ProofFields {
  readonly key: InstanceKey;
  readonly accessToken: string;
  readonly nonce: string | undefined;
  readonly now: number;
  readonly method?: string;
  readonly url?: string;
}

/** What a client sends that proves its key. */
export function proven(fields: ProofFields): Presented {
  const dpop = createProof({ method: 'POST', url: gatewayUrl, ...fields });
  return presented({ authorization: `DPoP ${fields.accessToken}`, dpop });
}
