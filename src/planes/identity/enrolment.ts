import { recordThenDo } from '#contracts/desk.ts';
import type { EnrolledInstance, InstanceBook } from '#contracts/instance-book.ts';
import type { Keyring } from '#contracts/keyring.ts';
import type { ClientAssertion, TokenClients } from '#contracts/token-clients.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { createTurns, type Turns } from '#kernel/turns.ts';
import { type Asserted, judgeAssertion } from './assertion.ts';
import { authenticateWorkload, isOfPlatform } from './client-workload.ts';
import type { Enrolment, IssuedToken } from './door.ts';
import { enrol } from './enrol.ts';
import { enrolWorkload, type Workloads } from './enrol-workload.ts';
import {
  createRefusalRecords,
  type EnrolmentRecorder,
  human,
  instanceActor,
  type RefusalRecords,
  stranger,
  strangers,
} from './enrolment-records.ts';
import { createIssueRate, type IssueRate } from './issue-rate.ts';
import { createMint } from './mint.ts';
import { createOwnTokens } from './own-tokens.ts';
import { createTokenSigner, type TokenSigner } from './token-signer.ts';
import { subjectOf } from './tokens.ts';

export interface EnrolmentParts {
  readonly instances: InstanceBook;
  readonly keyring: Keyring;
  readonly recorder: EnrolmentRecorder;
  readonly clock: Clock;
  /** Of the tokens; made from the signing key when they are not given. */
  readonly issuer?: string;
  readonly audience?: string;
  /** Where refusals are recorded whose tenant nobody knows. */
  readonly tenant?: string;
  readonly knownAgent: (tenant: string, name: string) => boolean;
  readonly onRosterChange: () => Promise<void>;
  /** Platforms that vouch for their workloads; without it none does. */
  readonly workloads?: Workloads;
}

interface Room {
  readonly parts: EnrolmentParts;
  readonly signer: TokenSigner;
  /** For acts of nobody we know. */
  readonly tenant: string;
  readonly refusals: RefusalRecords;
  readonly rate: IssueRate;
  readonly turns: Turns;
}

/** Join tokens, enrolment and access tokens. Each act is on record before its fruit leaves. */
export async function createEnrolment(parts: EnrolmentParts): Promise<Enrolment> {
  const { issuer, audience, recorder, clock } = parts;
  const refusals = createRefusalRecords(recorder, clock);
  const room: Room = {
    parts,
    signer: createTokenSigner(await parts.keyring.signer('tokens'), { issuer, audience }),
    tenant: parts.tenant ?? 'main',
    refusals,
    rate: createIssueRate(refusals, clock),
    turns: createTurns(),
  };
  return {
    trust: () => room.signer.trust,
    mint: createMint(room.signer),
    own: createOwnTokens(room.signer),
    clients: {
      authenticate: (ask) => authenticate(room, ask),
      refuse: ({ actors, ...refused }) =>
        refusals.refuse({ ...refused, type: 'token.refused', actor: actors }),
    },
    issueJoinToken: (ask) => issueJoinToken(room, ask),
    enrol: (ask) => enrol(room, ask),
    enrolWorkload: (ask) => enrolWorkload({ ...room, ...parts, parts }, ask),
    issueToken: (ask) => issueToken(room, ask),
    issueUnboundToken: (ask) => issueUnboundToken(room, ask),
  };
}

async function issueJoinToken(
  room: Room,
  { tenant, agent, by, reason }: Parameters<Enrolment['issueJoinToken']>[0],
) {
  const { parts, refusals } = room;
  const actor = human(by);
  if (!parts.knownAgent(tenant, agent)) {
    const fault = new BailiwickError('api/not-found', {
      message: `no agent is called \`${agent}\``,
    });
    return refusals.refuse({ type: 'identity.refused', tenant, actor, fault, source: undefined });
  }
  await room.rate.take({ of: 'person', name: by, tenant, actor });
  const token = newCapability();
  const tokenDigest = sha256Hex(token);
  const expiresAt = parts.clock.now() + limits.joinTokenMs;
  const draft: RecordDraft = {
    type: 'identity.join-token-issued',
    tenant,
    actors: [actor],
    details: { agent, token: tokenDigest, expiresAt: isoTime(expiresAt), ...saidWhy(reason) },
  };
  return recordThenDo(parts.recorder, draft, async () => {
    await parts.instances.addJoinToken({ tenant, agent, tokenDigest, createdBy: by, expiresAt });
    return { token, expiresAt };
  });
}

async function issueToken(room: Room, ask: ClientAssertion): Promise<IssuedToken> {
  const instance = await authenticate(room, { ...ask, rate: 'instance' });
  return issue(room, instance, { by: instanceActor(instance) });
}

/** Who it is whose key signed the assertion, if that agent is there and has not asked too often. */
async function authenticate(
  room: Room,
  ask: Parameters<TokenClients['authenticate']>[0],
): Promise<EnrolledInstance> {
  const { parts, signer } = room;
  const { assertion, rate, workload } = ask;
  const platforms = { ...room, ...parts, parts };
  if (workload !== undefined && isOfPlatform(platforms, ask)) {
    return authenticateWorkload(platforms, ask, workload);
  }
  const { instances, clock } = parts;
  const { issuer } = signer.trust;
  const judged = await judgeAssertion(assertion, { instances, issuer, now: clock.now() });
  if (judged.kind === 'refused') return refuseAssertion(room, judged);
  const { tenant, agent, instance } = judged.instance;
  const actor = instanceActor(judged.instance);
  if (parts.knownAgent(tenant, agent)) {
    await room.rate.take({ of: rate, name: instance, tenant, actor });
    return judged.instance;
  }
  const fault = new BailiwickError('identity/unknown-agent');
  return room.refusals.refuse({ type: 'token.refused', tenant, actor, fault, source: instance });
}

function refuseAssertion(
  room: Room,
  { code, why, claimed, proved }: Extract<Asserted, { kind: 'refused' }>,
): Promise<never> {
  const fault = new BailiwickError(
    code,
    why === undefined ? {} : { message: `the client assertion is not valid: ${why}` },
  );
  return room.refusals.refuse({
    type: 'token.refused',
    tenant: claimed?.tenant ?? room.tenant,
    actor: claimed !== undefined && proved ? instanceActor(claimed) : stranger,
    fault,
    source: proved ? claimed?.instance : strangers,
    ...(claimed === undefined ? {} : { details: { claimedKey: claimed.thumbprint } }),
  });
}

async function issueUnboundToken(
  room: Room,
  { tenant, agent, by, reason }: Parameters<Enrolment['issueUnboundToken']>[0],
): Promise<IssuedToken> {
  const { parts } = room;
  if (!parts.knownAgent(tenant, agent)) {
    const fault = new BailiwickError('api/not-found', {
      message: `no agent is called \`${agent}\``,
    });
    return room.refusals.refuse({
      type: 'token.refused',
      tenant,
      actor: human(by),
      fault,
      source: undefined,
    });
  }
  await room.rate.take({ of: 'person', name: by, tenant, actor: human(by) });
  const instance = `unbound-${newId(parts.clock.now())}`;
  const holder = { tenant, agent, instance, thumbprint: undefined };
  return issue(room, holder, { by: human(by), reason });
}

function saidWhy(reason: string | undefined): JsonObject {
  return reason === undefined ? {} : { reason };
}

interface TokenHolder {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly thumbprint: string | undefined;
}

async function issue(
  { parts, signer }: Room,
  { tenant, agent, instance, thumbprint }: TokenHolder,
  { by, reason }: { readonly by: Actor; readonly reason?: string | undefined },
): Promise<IssuedToken> {
  const bound = thumbprint !== undefined;
  const lifetime = bound ? limits.accessTokenMs : limits.unboundTokenMs;
  const iat = Math.floor(parts.clock.now() / 1_000);
  const exp = iat + lifetime / 1_000;
  const jti = newCapability();
  await parts.recorder.record({
    type: 'token.issued',
    tenant,
    actors: [by],
    details: {
      agent,
      instance,
      binding: bound ? 'key' : 'none',
      expiresAt: isoTime(exp * 1_000),
      token: sha256Hex(jti),
      ...saidWhy(reason),
    },
  });
  if (!bound) {
    // In the book before it leaves: what nobody can name, nobody can revoke.
    const times = { issuedAt: iat * 1_000, expiresAt: exp * 1_000 };
    await parts.instances.noteUnbound({ tenant, agent, instance, issuedBy: by.name, ...times });
  }
  const accessToken = signer.sign({
    sub: subjectOf({ tenant, agent, instance }),
    tenant,
    agent,
    instance,
    jti,
    iat,
    exp,
    ...(thumbprint === undefined ? { binding: 'none' } : { cnf: { jkt: thumbprint } }),
  });
  const tokenType = bound ? 'DPoP' : 'Bearer';
  return { accessToken, tokenType, expiresIn: lifetime / 1_000, agent, instance };
}
