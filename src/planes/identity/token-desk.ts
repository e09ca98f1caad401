import {
  type Act,
  actDraft,
  checkInPerson,
  checkRight,
  type DeskRecorder,
  recordThenDo,
} from '#contracts/desk.ts';
import type { ApiToken, ApiTokenBook } from '#contracts/api-token-book.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { PeopleBook, StoredPerson } from '#contracts/people-book.ts';
import { type PersonSession, type PersonSessions, signedInBy } from '#contracts/person-session.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { holdsRole, isByProvider, type Role, type SignedIn } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { checkedRoles } from './people-changes.ts';

/** What scanners of secrets can find it by. */
export const apiTokenPrefix = 'bwt_';

export interface NewApiToken {
  readonly token: ApiToken;
  /** Shown once. */
  readonly secret: string;
}

/** Tokens of people for their programs. */
export interface ApiTokenDesk {
  /**
   * For whoever is there themself, never by another token. It may what they may for good, and of that what
   * `roles` say; `ofSession`: no longer than the sign-in by which it is asked for.
   */
  create(
    act: Act & {
      readonly name: string;
      readonly roles: readonly Role[];
      readonly forMs: number;
      readonly ofSession?: boolean;
      /** Of a command line that was agreed to there: whoever sits at it is who signed in. */
      readonly attended?: boolean;
      readonly reason?: string | undefined;
    },
  ): Promise<NewApiToken>;
  /** Their own; an analyst sees all. */
  list(act: Act): Promise<readonly ApiToken[]>;
  /** By whoever it is of, or an analyst. Dead at once, also while nothing can be recorded. */
  revoke(
    act: Act & { readonly id: string; readonly reason?: string | undefined },
  ): Promise<ApiToken>;
  /** Who comes with it, as of now; undefined when it is nobody's. */
  holder(secret: string): Promise<StoredPerson | undefined>;
}

export interface ApiTokenDeskParts {
  readonly tokens: ApiTokenBook;
  readonly people: Pick<PeopleBook, 'byName'>;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

export function createApiTokenDesk(parts: ApiTokenDeskParts): ApiTokenDesk {
  return {
    create: (act) => create(parts, act),
    async list({ by }) {
      const all = await parts.tokens.list(by.tenant, parts.clock.now());
      return holdsRole(by, 'analyst') ? all : all.filter(({ person }) => person === by.name);
    },
    revoke: (act) => revoke(parts, act),
    holder: (secret) => holder(parts, secret),
  };
}

async function create(
  parts: ApiTokenDeskParts,
  act: Parameters<ApiTokenDesk['create']>[0],
): Promise<NewApiToken> {
  const { by, name, forMs } = act;
  checkRight(act, 'auditor', 'owner');
  checkInPerson(act);
  if (!Number.isSafeInteger(forMs) || forMs < 60_000 || forMs > limits.apiTokenMs) {
    throw new BailiwickError('api/invalid', {
      message: `a token lasts from a minute to ${limits.apiTokenMs / 86_400_000} days`,
    });
  }
  const session = await groundOf(parts, act);
  const held = await standingOf(parts, {
    tenant: by.tenant,
    person: by.name,
    session: session?.id,
  });
  const roles = checkedRoles(act);
  if (held === undefined || !roles.every((role) => holdsRole(held, role))) {
    throw new BailiwickError('api/forbidden', {
      message: 'a token may no more than you may for good',
      suggestedAction: `name roles that you hold: ${(held?.roles ?? []).join(', ')}`,
    });
  }
  const now = parts.clock.now();
  const secret = `${apiTokenPrefix}${newCapability()}${newCapability()}`;
  const token = {
    tenant: by.tenant,
    id: newId(now),
    name,
    person: by.name,
    roles,
    session: session?.id,
    attended: act.attended === true && session !== undefined,
    createdAt: now,
    expiresAt: Math.min(now + forMs, session?.expiresAt ?? Number.POSITIVE_INFINITY),
  };
  const draft = actDraft('identity.api-token-created', act, {
    ...namesOf(token),
    roles: [...roles],
    expiresAt: token.expiresAt,
  });
  await recordThenDo(parts.recorder, draft, () =>
    parts.tokens.add({ token, digest: sha256Hex(secret) }),
  );
  return { token: { ...token, usedAt: undefined }, secret };
}

/** Of a person who is not kept here nothing stands but their sign-in. */
async function groundOf(
  { people, sessions }: ApiTokenDeskParts,
  { by, ofSession = false }: Parameters<ApiTokenDesk['create']>[0],
): Promise<PersonSession | undefined> {
  const { through } = by;
  if (through?.kind !== 'session') return undefined;
  // INVARIANT: the sign-in of a command line makes nothing that outlives it.
  const isOwn = ofSession || through.commandLine !== undefined || isByProvider(by);
  if (!isOwn && (await people.byName(by.tenant, by.name)) !== undefined) return undefined;
  const session = await sessions.get(by.tenant, through.id);
  if (session === undefined) throw new BailiwickError('api/unauthorized');
  return session;
}

/** What they may for good, as it is now: what they took for a time is no part of it. */
async function standingOf(
  { people, sessions }: ApiTokenDeskParts,
  { tenant, person, session }: Pick<ApiToken, 'tenant' | 'person' | 'session'>,
): Promise<StoredPerson | undefined> {
  if (session === undefined) return people.byName(tenant, person);
  const signedIn = await sessions.get(tenant, session);
  if (signedIn?.person !== person) return undefined;
  const { roles, provider, begunAt: createdAt } = signedIn;
  // A passkey says who they are, and nothing of what they may; a provider says both, whoever is called so here.
  if (provider === 'passkey') return people.byName(tenant, person);
  return { tenant, name: person, roles, createdAt };
}

async function holder(parts: ApiTokenDeskParts, secret: string): Promise<StoredPerson | undefined> {
  if (!secret.startsWith(apiTokenPrefix)) return undefined;
  const token = await parts.tokens.use(sha256Hex(secret), parts.clock.now());
  if (token === undefined) return undefined;
  const held = await standingOf(parts, token);
  if (held === undefined) return undefined;
  const roles = token.roles.filter((role) => holdsRole(held, role));
  const through = token.attended
    ? await signedInThrough(parts, token)
    : ({ kind: 'token', id: token.id } as const);
  return through === undefined ? undefined : { ...held, roles, through };
}

/** INVARIANT: how they proved themselves is what the sign-in says, and nothing that the token could say better. */
async function signedInThrough(
  { sessions }: ApiTokenDeskParts,
  { tenant, session, id }: ApiToken,
): Promise<SignedIn | undefined> {
  const signedIn = session === undefined ? undefined : await sessions.get(tenant, session);
  return signedIn === undefined ? undefined : { ...signedInBy(signedIn), commandLine: id };
}

async function revoke(
  { tokens, clock }: ApiTokenDeskParts,
  act: Parameters<ApiTokenDesk['revoke']>[0],
): Promise<ApiToken> {
  const { by, id } = act;
  const now = clock.now();
  const token = (await tokens.list(by.tenant, now)).find((one) => one.id === id);
  checkRight(act, 'auditor', 'owner');
  // Whoever may not revoke it does not learn that it is there.
  if (token === undefined || (token.person !== by.name && !holdsRole(by, 'analyst'))) {
    throw noToken(id);
  }
  const draft = actDraft('identity.api-token-revoked', act, namesOf(token));
  const also = [oweRecord(draft, now)];
  if (!(await tokens.remove({ tenant: by.tenant, id, also }))) throw noToken(id);
  return token;
}

function noToken(id: string): BailiwickError {
  return new BailiwickError('api/not-found', { message: `no token is called \`${id}\`` });
}

function namesOf({ id, name, person }: Pick<ApiToken, 'id' | 'name' | 'person'>) {
  return { token: id, name, person };
}
