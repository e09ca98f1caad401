import type { DelegationBook, DelegationGround } from '#contracts/delegation-book.ts';
import { type DirectoryBook, foldName } from '#contracts/directory-book.ts';
import { type DirectoryRules, directoryRules } from '#contracts/directory-rules.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { SignInBook } from '#contracts/sign-in-book.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { forgetKeys, type OwnKeysBooks } from './forget-keys.ts';
import type { Reaction } from './reaction.ts';

type User = Extract<DelegationGround, { kind: 'user' }>;

export interface UserGoneParts {
  readonly directory: Pick<DirectoryBook, 'users'>;
  /** Neither waits for another reaction: this one is done in a round of its own. */
  readonly signIns: {
    endOwed(ask: {
      readonly tenant: string;
      readonly ground: User | { readonly kind: 'person'; readonly person: string };
      readonly by: { readonly kind: 'system'; readonly name: string };
      readonly reason: string;
    }): Promise<unknown>;
  };
  readonly delegations: {
    endOwed(ask: {
      readonly tenant: string;
      readonly ground: User;
      readonly by: string;
      readonly reason: string;
    }): Promise<unknown>;
  };
  /** Whoever is signed in, or acted for, where no document says how a provider calls people. */
  readonly books: {
    readonly signIns: Pick<SignInBook, 'list'>;
    readonly delegations: Pick<DelegationBook, 'list'>;
  } & OwnKeysBooks;
  readonly snapshot: () => Snapshot | undefined;
  readonly now: () => number;
}

const mostOpen = 100_000;
const by = 'system/directory';
const reason = 'the user is not in the directory any more';

/**
 * Who left their directory is signed out, and nobody acts for them. INVARIANT: done again it changes
 * nothing; where it is not said which user of a provider it is, everybody who is called so is out.
 */
export function endWhatStoodOnUser(parts: UserGoneParts): Reaction {
  return {
    kind: 'user-gone',
    async react(drafts) {
      for (const draft of drafts) {
        for (const ground of await groundsOf(parts, draft)) await end(parts, draft.tenant, ground);
        await endOwnKeys(parts, draft);
      }
    },
  };
}

async function end(
  { signIns, delegations }: UserGoneParts,
  tenant: string,
  ground: User,
): Promise<void> {
  await signIns.endOwed({ tenant, ground, by: { kind: 'system', name: by }, reason });
  await delegations.endOwed({ tenant, ground, by, reason });
}

/**
 * People of ours who are called so: what they come by ends too, and what their passkeys signed in. INVARIANT: the
 * name alone says it, as of every owner: whoever is renamed and still there keeps what they have.
 */
async function endOwnKeys(parts: UserGoneParts, draft: OutboxDraft): Promise<void> {
  const { signIns, books, now } = parts;
  const { tenant } = draft;
  const gone = goneOf(draft);
  const names = new Set([gone.userName, ...gone.emails].map(foldName));
  for (const { name: person } of await books.people.list(tenant)) {
    if (!names.has(foldName(person))) continue;
    if (gone.isRenamed && (await isThere(parts, tenant, 'userName', person))) continue;
    const ground = { kind: 'person', person } as const;
    await signIns.endOwed({ tenant, ground, by: { kind: 'system', name: by }, reason });
    await forgetKeys(books, { tenant, person, by, reason, now: now() });
  }
}

interface Gone {
  readonly userName: string;
  readonly externalId: string | undefined;
  readonly emails: readonly string[];
  readonly isRenamed: boolean;
}

async function groundsOf(parts: UserGoneParts, draft: OutboxDraft): Promise<readonly User[]> {
  const gone = goneOf(draft);
  const { signIns } = directoryRules(parts.snapshot()?.tenants[draft.tenant]);
  if (signIns.length === 0) return everybodyCalled(parts, draft.tenant, gone);
  const grounds: User[] = [];
  for (const { issuer, subject } of signIns) {
    for (const name of namesOf(gone, subject)) {
      // Called otherwise, and still there under this name: nothing stands on what is gone.
      if (gone.isRenamed && (await isThere(parts, draft.tenant, subject, name))) continue;
      grounds.push({ kind: 'user', issuer, subject: name });
    }
  }
  return grounds;
}

function goneOf({ body }: OutboxDraft): Gone {
  const { userName, externalId, emails, why } = body;
  return {
    userName: typeof userName === 'string' ? userName : '',
    externalId: typeof externalId === 'string' ? externalId : undefined,
    emails: Array.isArray(emails) ? emails.filter((one) => typeof one === 'string') : [],
    isRenamed: why === 'renamed',
  };
}

type Subject = DirectoryRules['signIns'][number]['subject'];

/** Each way that a provider may write it: its own names are compared to the letter. */
function namesOf({ userName, externalId, emails }: Gone, subject: Subject): readonly string[] {
  switch (subject) {
    case 'externalId':
      return externalId === undefined ? [] : [externalId];
    case 'userName':
      return [...new Set([userName, foldName(userName)])];
    case 'email':
      return [...new Set(emails.flatMap((one) => [one, foldName(one)]))];
  }
}

async function isThere(
  { directory }: UserGoneParts,
  tenant: string,
  attribute: Subject,
  value: string,
): Promise<boolean> {
  const terms = [
    { attribute, value },
    { attribute: 'active', value: 'true' },
  ] as const;
  return (await directory.users({ tenant, terms, from: 0, limit: 1 })).total > 0;
}

async function everybodyCalled(
  { books, now }: UserGoneParts,
  tenant: string,
  { userName, externalId, emails }: Gone,
): Promise<readonly User[]> {
  const names = new Set([userName, ...emails].map(foldName));
  const isCalled = (subject: string, name?: string) =>
    subject === externalId ||
    names.has(foldName(subject)) ||
    (name !== undefined && names.has(foldName(name)));
  const open = { tenant, open: true, limit: mostOpen } as const;
  const signedIn = await books.signIns.list({ ...open, now: now() });
  const acting = await books.delegations.list(open);
  return [
    ...signedIn
      .filter(({ user, person }) => isCalled(user.subject, person))
      .map(({ user }) => user),
    ...acting.flatMap(({ user }) => (user !== undefined && isCalled(user.subject) ? [user] : [])),
  ].map(({ issuer, subject }) => ({ kind: 'user', issuer, subject }));
}
