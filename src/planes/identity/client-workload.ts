import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { TokenClients, WorkloadClient } from '#contracts/token-clients.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  agentFor,
  letIn,
  namesOf,
  platformsOf,
  readOf,
  spend,
  type WorkloadRoom,
} from './enrol-workload.ts';
import { stranger, strangers } from './enrolment-records.ts';
import type { IssueRate } from './issue-rate.ts';
import { importPublicJwk, type PublicJwk } from './jwk.ts';

export interface WorkloadClientRoom extends WorkloadRoom {
  readonly rate: IssueRate;
}

type Ask = Parameters<TokenClients['authenticate']>[0];

/** Whether a platform that a document names says that it made this. INVARIANT: nothing is believed of it yet. */
export function isOfPlatform(room: WorkloadRoom, { assertion }: Ask): boolean {
  return platformsOf(room, assertion).length > 0;
}

/**
 * RFC 7521 §4.2 with RFC 7523 §2.2: a platform's token for a workload says who asks. INVARIANT: what is given is
 * bound to a key that was proved beside it, and that key is an instance, which can be revoked; without one there is
 * nothing to be had.
 */
export function authenticateWorkload(
  room: WorkloadClientRoom,
  ask: Ask,
  workload: WorkloadClient,
): Promise<EnrolledInstance> {
  // First: who only lacks a nonce has spent nothing.
  const proven = workload.proveKey();
  const key = proven === undefined ? undefined : importPublicJwk(proven.jwk);
  const token = sha256Hex(ask.assertion);
  return room.turns.take(token, async () => {
    const about: About = { token, said: { token, use: 'client' }, source: strangers };
    try {
      if (key === undefined) {
        throw new BailiwickError('identity/invalid-proof', {
          message: 'a token of a workload is taken beside a proof (DPoP) of the key that speaks',
        });
      }
      return await instanceOf(room, { ...ask, named: workload.named }, key, about);
    } catch (fault) {
      return refuse(room, fault, about);
    }
  });
}

/** What is known so far; a refusal tells it to the log. */
interface About {
  readonly token: string;
  said: JsonObject;
  /** Whom a platform vouched for is told one by one; all that nobody proved comes from strangers. */
  source: string;
}

async function instanceOf(
  room: WorkloadClientRoom,
  { assertion, rate, named }: Ask & Pick<WorkloadClient, 'named'>,
  key: PublicJwk,
  about: About,
): Promise<EnrolledInstance> {
  const { tenant, parts } = room;
  const platforms = platformsOf(room, assertion);
  about.said = { ...about.said, ...namesOf(platforms) };
  const { entry, read } = await readOf(room, platforms, assertion);
  const subject = read.claims['sub'] as string;
  about.said = { ...about.said, issuer: entry.name, subject };
  about.source = `workload ${entry.name} ${about.token}`;
  const agent = agentFor(room, { entry, read }, 'client');
  if (named !== undefined && named !== agent && named !== subject) {
    throw new BailiwickError('identity/invalid-assertion', {
      message: '`client_id` names another client than the token does',
    });
  }
  const known = await heldBy(room, key, agent);
  await spend(room, { entry, read });
  const actor = { kind: 'agent', name: agent } as const;
  await room.rate.take({ of: rate, tenant, name: `workload ${entry.name} ${subject}`, actor });
  const { token, said } = about;
  return known ?? letIn(room, key, { entry, agent, token, said, now: parts.clock.now() });
}

/** INVARIANT: nobody's platform makes it speak by the key of another agent, or by one that was revoked. */
async function heldBy(
  { tenant, parts }: WorkloadClientRoom,
  { thumbprint }: PublicJwk,
  agent: string,
): Promise<EnrolledInstance | undefined> {
  const known = await parts.instances.byThumbprint(thumbprint);
  if (known === undefined) return undefined;
  if (known.tenant !== tenant || known.agent !== agent) {
    throw new BailiwickError('identity/key-in-use');
  }
  if (known.revokedAt !== undefined) throw new BailiwickError('standing/instance-revoked');
  return known;
}

/** Said as they are: each has its own words where tokens are given out. */
const plain: readonly string[] = [
  'identity/invalid-proof',
  'identity/unknown-agent',
  'standing/instance-revoked',
];

async function refuse(room: WorkloadClientRoom, fault: unknown, about: About): Promise<never> {
  if (!(fault instanceof BailiwickError) || !/^(identity|standing)\//.test(fault.code)) throw fault;
  // On record by whoever counts them.
  if (fault.code === 'identity/too-many-tokens') throw fault;
  const { said: details, source } = about;
  const { tenant } = room;
  await room.refusals.note({
    type: 'token.refused',
    tenant,
    actor: stranger,
    fault,
    details,
    source,
  });
  if (plain.includes(fault.code) || fault.status >= 500) throw fault;
  throw new BailiwickError('identity/invalid-assertion', {
    message: `the client assertion is not valid: ${fault.message}`,
    cause: fault,
  });
}
