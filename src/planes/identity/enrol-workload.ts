import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type {
  WorkloadIssuerEntry,
  WorkloadToken,
  WorkloadTokens,
  WorkloadUse,
} from '#contracts/workload-issuer.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { provesKey } from './assertion.ts';
import type { Enrolment } from './door.ts';
import { enrolKey, type EnrolRoom, isRefusedKey, refuseKey } from './enrol.ts';
import { stranger, strangers } from './enrolment-records.ts';
import { importPublicJwk, type PublicJwk } from './jwk.ts';
import { agentOfWorkload } from './workload-match.ts';

export interface Workloads {
  readonly tokens: WorkloadTokens;
  /** Of this tenant, as documents have it now. */
  readonly issuers: (tenant: string) => readonly WorkloadIssuerEntry[];
}

export interface WorkloadRoom extends EnrolRoom {
  readonly workloads?: Workloads;
  readonly knownAgent: (tenant: string, name: string) => boolean;
}

/**
 * A key comes in by the word of a platform for one of its workloads: it serves once, as a join token does, and only
 * for whoever signs over it with the key that comes in.
 */
export async function enrolWorkload(
  room: WorkloadRoom,
  { workloadToken, jwk, proof }: Parameters<Enrolment['enrolWorkload']>[0],
): Promise<EnrolledInstance> {
  const now = room.parts.clock.now();
  const token = sha256Hex(workloadToken);
  const key = importPublicJwk(jwk);
  return room.turns.take(token, async () => {
    let said: JsonObject = { token };
    // Whom a platform vouched for is told one by one; all that nobody proved comes from strangers.
    let source = strangers;
    try {
      if (key === undefined || !provesKey(proof, key, workloadToken, now)) {
        throw new BailiwickError('identity/invalid-proof');
      }
      const platforms = platformsOf(room, workloadToken);
      said = { token, ...namesOf(platforms) };
      const { entry, read } = await readOf(room, platforms, workloadToken);
      said = { token, issuer: entry.name };
      said = { ...said, subject: read.claims['sub'] ?? null };
      source = `workload ${entry.name} ${token}`;
      return await enrolAs(room, key, { entry, read, token, said, now });
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || !isOurs(fault)) throw fault;
      if (key !== undefined && fault.code === 'identity/key-in-use') {
        return refuseKey(room, fault, key, token);
      }
      return room.refusals.refuse({
        type: 'identity.refused',
        tenant: room.tenant,
        actor: stranger,
        fault,
        details: said,
        source,
      });
    }
  });
}

/** Whose documents name the issuer that it says it is of. INVARIANT: nothing is believed of it yet. */
export function platformsOf(
  { workloads, tenant }: WorkloadRoom,
  token: string,
): readonly WorkloadIssuerEntry[] {
  const issuer = workloads?.tokens.issuerOf(token);
  return issuer === undefined
    ? []
    : (workloads?.issuers(tenant).filter((one) => one.issuer === issuer) ?? []);
}

/** What a refusal tells of them. */
export function namesOf(platforms: readonly WorkloadIssuerEntry[]): JsonObject {
  return platforms.length === 0 ? {} : { issuer: platforms.map(({ name }) => name).join(' ') };
}

/**
 * By the document that it is for: a platform may have several, each with an audience of its own. INVARIANT: an issuer
 * that no document names is asked nothing.
 */
export async function readOf(
  { workloads }: WorkloadRoom,
  platforms: readonly WorkloadIssuerEntry[],
  token: string,
): Promise<Believed> {
  let why = new BailiwickError('identity/invalid-token', {
    message: 'no document names the issuer of this token',
  });
  for (const entry of platforms) {
    try {
      const read = await workloads?.tokens.read(entry, token);
      if (read !== undefined) return { entry, read };
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || fault.code !== 'identity/wrong-audience')
        throw fault;
      why = fault;
    }
  }
  throw why;
}

interface Believed {
  readonly entry: WorkloadIssuerEntry;
  readonly read: WorkloadToken;
}

async function enrolAs(
  room: WorkloadRoom,
  key: PublicJwk,
  of: Believed & {
    readonly token: string;
    readonly said: JsonObject;
    readonly now: number;
  },
): Promise<EnrolledInstance> {
  const agent = agentFor(room, of, 'enrol');
  if ((await room.parts.instances.byThumbprint(key.thumbprint)) !== undefined) {
    throw new BailiwickError('identity/key-in-use');
  }
  await spend(room, of);
  return letIn(room, key, { ...of, agent });
}

/** INVARIANT: a token does only what its document lists. */
export function agentFor(
  { tenant, knownAgent }: WorkloadRoom,
  { entry, read }: Believed,
  use: WorkloadUse,
): string {
  const agent = agentOfWorkload(entry, read.claims);
  if (!entry.uses.includes(use)) {
    throw new BailiwickError('identity/workload-refused', {
      message: 'the document of this platform does not let its tokens be used so',
      suggestedAction: `list \`${use}\` in \`uses\` of its WorkloadIssuer`,
    });
  }
  if (!knownAgent(tenant, agent)) throw new BailiwickError('identity/unknown-agent');
  return agent;
}

/** Durable: from here on the token is spent, whatever becomes of the rest. INVARIANT: for all its uses together. */
export async function spend(
  { parts: { instances } }: WorkloadRoom,
  { entry, read }: Believed,
): Promise<void> {
  const until = read.expiresAt + limits.clockSkewMs;
  const isFresh = await instances.rememberAssertion(`workload ${entry.issuer}`, read.once, until);
  if (isFresh) return;
  throw new BailiwickError('identity/join-token-invalid', {
    message: 'this token of a workload was already used',
    suggestedAction: 'have the platform make another one',
  });
}

export async function letIn(
  room: WorkloadRoom,
  key: PublicJwk,
  of: Omit<Parameters<typeof enrolAs>[2], 'read'> & { readonly agent: string },
): Promise<EnrolledInstance> {
  const { tenant, parts } = room;
  const { entry, agent, token, said, now } = of;
  const expiresAt = now + limits.joinTokenMs;
  const createdBy = `workload/${entry.name}`;
  await parts.instances.addJoinToken({ tenant, agent, tokenDigest: token, createdBy, expiresAt });
  return enrolKey(room, key, { token, now, said });
}

function isOurs(fault: BailiwickError): boolean {
  return fault.code.startsWith('identity/') || isRefusedKey(fault);
}
