import type { DecisionAnswer, DecisionPoint } from '#contracts/decision-point.ts';
import { contentOf } from '#kernel/call.ts';
import type { Decision } from '#kernel/decision.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { PdpPart } from '#kernel/record.ts';
import type { PdpEntry, SealedSecret } from '#kernel/snapshot.ts';
import { targetText } from '#kernel/target.ts';
import type { AskedPdp, ToolGate, UserRight } from '#planes/tools/index.ts';
import type { Inspected } from './progress.ts';

export interface UserRightsParts {
  readonly tools: ToolGate;
  readonly decisionPoint: DecisionPoint;
  readonly openSecret: (tenant: string, secret: SealedSecret) => string;
}

export interface AskedRight {
  /** What was answered, for the record. */
  readonly pdp: readonly PdpPart[];
  readonly no: Refusal | undefined;
}

const nothing = emptyObject();

/**
 * Asks the decision points of this user's entitlements. Undefined, and nobody waits, where none has a say.
 * INVARIANT: each call is a question of its own, asked by every walk of it; no answer is kept.
 */
export function askUserRight(
  parts: UserRightsParts,
  walk: Inspected,
  decision: Decision,
): Promise<AskedRight> | undefined {
  const { principal, subject, call, configuration } = walk;
  if (principal.user === undefined) return undefined;
  const right = configuration.of(parts.tools).userRight(principal.tenant, {
    user: principal.user,
    target: subject.target,
    args: contentOf(call.action)?.arguments ?? nothing,
    sensitivity: decision.questions.crossesSensitivity
      ? undefined
      : subject.subjectClass.sensitivity,
  });
  return right === undefined ? undefined : ask(parts, walk, right);
}

/** One after the other, until what they say is enough. */
async function ask(parts: UserRightsParts, walk: Inspected, right: UserRight): Promise<AskedRight> {
  const pdp: PdpPart[] = [];
  const yes = new Set<string>();
  for (const one of right.pdps.slice(0, limits.pdpsPerCall)) {
    const answer = await askOne(parts, walk, one);
    if (walk.call.signal.aborted) return { pdp, no: refusal('gateway/cancelled') };
    pdp.push(partOf(one, answer));
    if (answer.kind === 'permit') yes.add(one.key);
    if (right.gives(yes)) return { pdp, no: undefined };
  }
  const isUnknown = pdp.some(({ answer }) => answer === 'unavailable');
  return { pdp, no: refusal(isUnknown ? 'policy/pdp-unavailable' : 'policy/pdp-denied') };
}

/** INVARIANT: whatever fails here is no answer, and no answer is a no; without what proves us nobody is asked. */
async function askOne(
  { decisionPoint, openSecret }: UserRightsParts,
  walk: Inspected,
  { pdp }: AskedPdp,
): Promise<DecisionAnswer> {
  const { principal, call } = walk;
  const secret = secretOf(walk, pdp);
  if (pdp.credential !== undefined && secret === undefined) {
    return { kind: 'unavailable', reason: 'the vault does not hold its credential' };
  }
  try {
    return await decisionPoint.ask({
      pdp,
      credential: secret === undefined ? undefined : openSecret(principal.tenant, secret),
      id: call.id,
      question: questionOf(walk, pdp.sendsArguments),
      signal: call.signal,
    });
  } catch {
    return { kind: 'unavailable', reason: 'it could not be asked' };
  }
}

function secretOf(
  { principal, configuration }: Inspected,
  { credential }: PdpEntry,
): SealedSecret | undefined {
  const secrets = configuration.snapshot.tenants[principal.tenant]?.secrets ?? {};
  return credential !== undefined && Object.hasOwn(secrets, credential)
    ? secrets[credential]
    : undefined;
}

function partOf({ entitlements }: AskedPdp, answer: DecisionAnswer): PdpPart {
  const reason = answer.kind === 'unavailable' ? { reason: answer.reason } : {};
  return { entitlements, answer: answer.kind, ...reason };
}

/** The four parts of an access evaluation. INVARIANT: no token, and arguments only where a document says so. */
function questionOf(walk: Inspected, withArguments: boolean): JsonObject {
  const { principal, subject, call, argumentsDigest } = walk;
  const { agent, hops, task, user } = principal;
  const { kind, owner, name } = subject.target;
  const { effect, reversible, sensitivity } = subject.subjectClass;
  return {
    subject: {
      type: 'user',
      id: user?.subject ?? '',
      properties: { issuer: user?.issuer ?? '', groups: [...(user?.groups ?? [])] },
    },
    action: {
      name: kind === 'tool' && name !== undefined ? name : call.action.kind,
      properties: { effect, reversible },
    },
    resource: {
      type: kind,
      id: targetText(subject.target),
      properties: { owner, sensitivity },
    },
    context: {
      agent,
      via: hops.map((hop) => hop.agent),
      task,
      argumentsDigest,
      ...(withArguments ? { arguments: contentOf(call.action)?.arguments ?? nothing } : {}),
    },
  };
}
