import type { Delegation, NewDelegation } from '#contracts/delegation-book.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import type { Minted } from '#contracts/token-mint.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Actor, humanActor } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';
import { type Traced, untraced } from '#kernel/trace.ts';

/** On whose sign-in it stands; undefined of an agent that acts for nobody. */
type SignIn = Pick<PersonSession, 'user' | 'person'> | undefined;

/** Human first, then every agent that handed it on, then the one that acts. */
function chainOf({ user, hops, agent, instance }: NewDelegation, session: SignIn): Actor[] {
  const name = session === undefined ? {} : { name: session.person };
  return [
    ...(user === undefined ? [] : [humanActor({ subject: user.subject, ...name })]),
    ...hops.map((hop) => ({ kind: 'agent', name: hop.agent, instance: hop.instance }) as const),
    { kind: 'agent', name: agent, instance },
  ];
}

function factsOf(of: NewDelegation): JsonObject {
  const { id, user, consent, client, parent, agent, instance } = of;
  return {
    delegation: id,
    agent,
    instance,
    consent,
    ...(user === undefined ? {} : { issuer: user.issuer, subject: user.subject }),
    ...(user === undefined ? {} : { signIn: user.session }),
    ...(client === undefined ? {} : { client }),
    ...(parent === undefined ? {} : { parent }),
  };
}

export function begunDraft(of: NewDelegation, session: SignIn, reason: string): RecordDraft {
  return {
    type: 'delegation.begun',
    tenant: of.tenant,
    actors: chainOf(of, session),
    task: of.task,
    details: {
      ...factsOf(of),
      effects: [...of.effects],
      binding: of.thumbprint === undefined ? 'none' : 'key',
      until: isoTime(of.until),
      reason,
    },
  };
}

/** Of the trace in which something was asked; without one there is nothing to say. */
export function tracedPart({ trace, traceIgnored }: Traced = untraced) {
  return {
    ...(trace === undefined ? {} : { trace }),
    ...(traceIgnored === undefined ? {} : { traceIgnored }),
  };
}

export function endedDraft(of: Delegation): RecordDraft {
  const { endedBy = 'system/delegations', reason = '' } = of;
  return {
    type: 'delegation.ended',
    tenant: of.tenant,
    actors: [{ kind: endedBy.startsWith('system/') ? 'system' : 'human', name: endedBy }],
    task: of.task,
    details: { ...factsOf(of), reason },
  };
}

/** Of one token; the delegation lasts. */
export function withdrawnDraft(
  of: Delegation,
  { token, by, reason }: { readonly token: string; readonly by: string; readonly reason: string },
): RecordDraft {
  return {
    type: 'token.revoked',
    tenant: of.tenant,
    actors: [{ kind: 'system', name: by }],
    task: of.task,
    details: { ...factsOf(of), token, reason },
  };
}

export function issuedDraft(of: Delegation, session: SignIn, token: Minted): RecordDraft {
  return {
    type: 'token.issued',
    tenant: of.tenant,
    actors: chainOf(of, session),
    task: of.task,
    details: {
      ...factsOf(of),
      binding: of.thumbprint === undefined ? 'none' : 'key',
      expiresIn: token.expiresIn,
      token: token.token,
      ...(session === undefined ? {} : { groups: [...session.user.groups] }),
    },
  };
}
