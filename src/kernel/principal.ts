import type { TaskScope } from './snapshot.ts';

export type ActorKind = 'agent' | 'human' | 'system';

/** How the caller proved that the key is its own; `none` is an unbound bearer. */
export type Binding = 'dpop' | 'mtls' | 'none' | 'internal';

/** A claim as records have it: what it is of, and a keyed digest of the whole `name=value`. */
export interface ClaimMark {
  readonly name: string;
  readonly digest: string;
}

/** The user's leg: for whom the agent acts, as the one who signed them in said it. */
export interface UserLeg {
  readonly subject: string;
  readonly issuer: string;
  /** How they are called here, for people to read; it decides nothing. */
  readonly name?: string;
  /** Sorted; of those only that some document names. */
  readonly groups: readonly string[];
  /** How they signed in (OIDC `acr`, `amr`, `auth_time` in milliseconds). */
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly signedInAt?: number;
  /** What else documents let through, as `name=value`: device, network, risk. Sorted. */
  readonly claims?: readonly string[];
  /** The same, as records have them. */
  readonly marks?: readonly ClaimMark[];
}

/** By what the agent acts for somebody, or in a task that was begun for it. It can be withdrawn alone. */
export interface DelegationLeg {
  readonly id: string;
  /** The client that carries it; undefined when the agent exchanged a token itself. */
  readonly client: string | undefined;
  /** When this very token was issued, and its name: what is revoked later does not touch later ones. */
  readonly issuedAt: number;
  readonly token: string;
  /** The task that the work came out of; missing of work that began by itself. */
  readonly root?: string;
  /** The user's own token, sealed: for the authorization servers that the user's provider trusts, and for nobody else. */
  readonly carried?: string;
  /** A `traceparent` whose span is this token: of calls that say none themselves. */
  readonly trace?: string;
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
  /** Through whom it came, the first one first; the right of each bounds it. */
  readonly hops: readonly Hop[];
  /** Set when its token names user, task or both: its place is in the token, not in the roster. */
  readonly delegation?: DelegationLeg;
  /** Narrower than the manifest: what its task may touch. */
  readonly scope?: TaskScope;
  readonly binding: Binding;
  /** RFC 7638 thumbprint of the enrolled key; undefined for an unbound bearer and the system. */
  readonly keyThumbprint: string | undefined;
}

/** What people do here; somebody may hold several. */
export const roles = [
  'owner',
  'auditor',
  'approver',
  'analyst',
  'operator',
  'privacy',
  'admin',
] as const;

export type Role = (typeof roles)[number];

/** A human who decides, operates or administers. */
export interface Person {
  readonly tenant: string;
  readonly name: string;
  /** Sorted as above; empty is nothing. */
  readonly roles: readonly Role[];
  /** By what they came, where it is not the credential that is their own. */
  readonly through?: SignedIn | HeldToken;
}

/** Names as people are told apart. INVARIANT: one human in any spelling, with or without what nobody sees. */
export function foldedName(name: string): string {
  const seen = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return seen.trim().toLowerCase();
}

/** Whoever has to be somebody else is not so by a capital letter. */
export function isSamePerson(one: string, other: string): boolean {
  return foldedName(one) === foldedName(other);
}

/** A sign-in that lasts: `acr`, `amr` and when, as whoever signed them in said it. */
export interface SignedIn extends Pick<UserLeg, 'acr' | 'amr' | 'signedInAt'> {
  readonly kind: 'session';
  readonly id: string;
  /** The document that signed them in, or `passkey`. */
  readonly provider: string;
  /** The API token of a command line that they agreed to there, and sit at; undefined in the browser itself. */
  readonly commandLine?: string;
}

/**
 * Whether a provider alone said who they are. INVARIANT: of such a one nothing counts that a person of the same name
 * was given here: a name is no proof of who somebody is.
 */
export function isByProvider({ through }: Pick<Person, 'through'>): boolean {
  return through?.kind === 'session' && through.provider !== 'passkey';
}

/** A token of theirs, for a program: nobody sits there. */
export interface HeldToken {
  readonly kind: 'token';
  readonly id: string;
}

/**
 * Whoever holds one of these may what the role on the left may. An approver decides and does not operate;
 * an operator does not decide; an owner sees their own agents by that, acts on those only, and reads nothing else.
 * Sealed words are for whoever holds `privacy` alone: an admin may take that role, on record, and has it not before.
 */
const heldBy: Readonly<Record<Role, readonly Role[]>> = {
  owner: ['owner', 'admin'],
  auditor: ['auditor', 'approver', 'analyst', 'operator', 'privacy', 'admin'],
  approver: ['approver', 'admin'],
  analyst: ['analyst', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  privacy: ['privacy'],
  admin: ['admin'],
};

/** Whether they may what one of these may; an unknown role is nothing, held or asked for. */
export function holdsRole(person: Pick<Person, 'roles'>, ...anyOf: readonly Role[]): boolean {
  return anyOf.some(
    (role) =>
      Object.hasOwn(heldBy, role) && heldBy[role].some((enough) => person.roles.includes(enough)),
  );
}

export function isRole(word: unknown): word is Role {
  return roles.some((role) => role === word);
}

/** Known ones, each once, in the order of the list. */
export function rolesOf(words: readonly unknown[]): readonly Role[] {
  return roles.filter((role) => words.includes(role));
}

/** One link of the chain in a record. Every event names its actor kind. */
export interface Actor {
  readonly kind: ActorKind;
  readonly name: string;
  /** Of a user whom a provider calls `name`: how they are called here. */
  readonly person?: string;
  readonly instance?: string;
  readonly binding?: Binding;
  readonly key?: string;
}

/** By both names: the provider's, which says who it is, and the one that people here know. */
export function humanActor({ subject, name }: Pick<UserLeg, 'subject' | 'name'>): Actor {
  const isOther = name !== undefined && name !== subject;
  return isOther
    ? { kind: 'human', name: subject, person: name }
    : { kind: 'human', name: subject };
}

/** The chain as records tell it: human first (once there is one), then every hop, then the caller. */
export function actorChain(principal: Principal): Actor[] {
  const chain: Actor[] = [];
  if (principal.user !== undefined) chain.push(humanActor(principal.user));
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
