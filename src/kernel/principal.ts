export type ActorKind = 'agent' | 'human' | 'system';

/** How the caller proved that the key is its own; `none` is an unbound bearer. */
export type Binding = 'dpop' | 'mtls' | 'none' | 'internal';

/** The user's leg. Typed from the first day, filled when an identity provider is connected. */
export interface UserLeg {
  readonly subject: string;
  readonly issuer: string;
}

export interface Hop {
  readonly agent: string;
  readonly instance: string;
}

/** Who acts. Right = user ∩ agent manifest ∩ task ∩ every hop. */
export interface Principal {
  readonly kind: 'agent' | 'system';
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly user: UserLeg | undefined;
  readonly task: string;
  readonly session: string;
  /** Set when the agent's document says that its instances share no task. */
  readonly tasks?: 'perInstance';
  readonly hops: readonly Hop[];
  readonly binding: Binding;
  /** RFC 7638 thumbprint of the enrolled key; undefined for an unbound bearer and the system. */
  readonly keyThumbprint: string | undefined;
}

/** A human who decides or administers: approver, admin. */
export interface Person {
  readonly tenant: string;
  readonly name: string;
  readonly role: 'admin' | 'approver' | 'auditor';
}

const ranks: Readonly<Record<Person['role'], number>> = { auditor: 1, approver: 2, admin: 3 };

/** An admin may what an approver may, an approver what an auditor may; an unknown role nothing. */
export function holdsRole({ role }: Person, atLeast: Person['role']): boolean {
  return Object.hasOwn(ranks, role) && ranks[role] >= ranks[atLeast];
}

/** One link of the chain in a record. Every event names its actor kind. */
export interface Actor {
  readonly kind: ActorKind;
  readonly name: string;
  readonly instance?: string;
  readonly binding?: Binding;
  readonly key?: string;
}

/** The chain as records tell it: human first (once there is one), then every hop, then the caller. */
export function actorChain(principal: Principal): Actor[] {
  const chain: Actor[] = [];
  if (principal.user !== undefined) chain.push({ kind: 'human', name: principal.user.subject });
  for (const hop of principal.hops) {
    chain.push({ kind: 'agent', name: hop.agent, instance: hop.instance });
  }
  chain.push({
    kind: principal.kind,
    name: principal.agent,
    instance: principal.instance,
    binding: principal.binding,
    ...(principal.keyThumbprint === undefined ? {} : { key: principal.keyThumbprint }),
  });
  return chain;
}
