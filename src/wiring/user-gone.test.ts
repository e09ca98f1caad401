import { beforeEach, expect, it } from 'vitest';
import type { DirectoryEntry } from '#contracts/directory-rules.ts';
import { oweUserGone } from '#contracts/owed.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { endWhatStoodOnUser, type UserGoneParts } from './user-gone.ts';

let ended: string[];
let rules: readonly Partial<DirectoryEntry>[];
let stillThere: string[];
let owed: string[];

beforeEach(() => {
  ended = [];
  rules = [{ issuer: 'https://idp', subject: 'externalId' }];
  stillThere = [];
  owed = [];
});

const user = (subject: string, person = subject) => ({
  person,
  user: { issuer: 'https://any', subject, groups: [] },
});

interface Removal {
  readonly id?: string;
  readonly credential?: string;
  readonly also: readonly OutboxDraft[];
}

/** What a person of ours comes by, who is called as one of the directory. */
const keys = ['sign-ins of ANN@x.org', 'token of ANN@x.org', 'passkey key of ANN@x.org'];

function reaction() {
  const directories = Object.fromEntries(rules.map((one, at) => [`d${at}`, one]));
  return endWhatStoodOnUser({
    directory: {
      users: async ({ terms }) => ({
        total: stillThere.includes(terms[0]?.value ?? '') ? 1 : 0,
        users: [],
      }),
    },
    signIns: {
      endOwed: async ({ ground }) =>
        void ended.push(
          ground.kind === 'person'
            ? `sign-ins of ${ground.person}`
            : `sign-ins ${ground.issuer} ${ground.subject}`,
        ),
    },
    delegations: {
      endOwed: async ({ ground }) => void ended.push(`work ${ground.issuer} ${ground.subject}`),
    },
    books: {
      signIns: { list: async () => [user('E1'), user('x', 'ann@x.org'), user('bob')] },
      delegations: { list: async () => [{ user: { ...user('ANN').user, session: 's' } }] },
      people: { list: async () => [{ name: 'ANN@x.org' }, { name: 'bob' }] },
      apiTokens: {
        list: async () => ['ANN@x.org', 'bob'].map((person) => ({ id: `of ${person}`, person })),
        remove: async ({ id, also }: Removal) => {
          ended.push(`token ${id}`);
          owed.push(...also.map(({ body }) => JSON.stringify(body)));
          return true;
        },
      },
      passkeys: {
        list: async (_: string, person: string) => [{ credential: `key of ${person}` }],
        remove: async ({ credential, also }: Removal) => {
          ended.push(`passkey ${credential}`);
          owed.push(...also.map(({ body }) => JSON.stringify(body)));
          return undefined;
        },
      },
    } as unknown as UserGoneParts['books'],
    snapshot: () => ({ tenants: { main: { directories } } }) as unknown as Snapshot,
    now: () => 1,
  });
}

const gone = (why: 'left' | 'renamed' = 'left') =>
  oweUserGone(
    {
      tenant: 'main',
      user: 'u',
      why,
      userName: 'Ann',
      externalId: 'E1',
      emails: ['ann@x.org'],
    },
    1,
  );

it('signs out who left, and ends what is done for them, by the name their provider has for them [IDN-07]', async () => {
  await reaction().react([gone()]);
  expect(ended).toEqual(['sign-ins https://idp E1', 'work https://idp E1', ...keys]);
});

it('knows them by userName or address where the document says so', async () => {
  rules = [
    { issuer: 'https://one', subject: 'userName' },
    { issuer: 'https://two', subject: 'email' },
  ];
  await reaction().react([gone()]);
  expect(ended.filter((one) => one.startsWith('work'))).toEqual([
    'work https://one Ann',
    'work https://one ann',
    'work https://two ann@x.org',
  ]);
});

it('takes everybody who is called so where no document says whose sign-ins they have', async () => {
  rules = [];
  await reaction().react([gone()]);
  expect(ended.filter((one) => one.startsWith('sign-ins https'))).toEqual([
    'sign-ins https://any E1',
    'sign-ins https://any x',
    'sign-ins https://any ANN',
  ]);
});

it('leaves alone who is called otherwise now and is there under this name still', async () => {
  stillThere = ['E1', 'ANN@x.org'];
  await reaction().react([gone('renamed')]);
  expect(ended).toEqual([]);
  await reaction().react([gone('left')]);
  expect(ended).toHaveLength(2 + keys.length);
});

it('ends the API tokens and passkeys of a person of ours who is called so, each with its record [IDN-07]', async () => {
  rules = [];
  await reaction().react([gone()]);
  expect(ended.filter((one) => keys.includes(one))).toEqual(keys);
  expect(ended.join()).not.toContain('bob');
  expect(owed).toEqual([
    expect.stringMatching(/identity.api-token-revoked.*system\/directory/),
    expect.stringMatching(/identity.passkey-removed.*not in the directory/),
  ]);
});
