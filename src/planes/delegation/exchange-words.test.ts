import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { codeOf, ExchangeWorld } from '../../../test/fakes/exchange-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { createUserSide } from '../../../test/fakes/user-words.ts';

const side = createUserSide();
const stranger = createUserSide();
const speaker = {
  agent: 'desk',
  provider: 'acme',
  ways: ['exchange'],
  keys: [{ kid: 'side', jwk: side.jwk }],
};

let folder: string;
let world: ExchangeWorld;
let desk: TestInstance;
let next = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-words-'));
  world = new ExchangeWorld(folder);
  await world.start();
  desk = await world.agent('desk', ['read', 'draft']);
  await world.put(
    [
      'Exchange',
      'desk-acme',
      { agent: 'desk', provider: 'acme', groups: ['support'], effects: ['read'] },
    ],
    ['Speaker', 'chat', speaker],
  );
});

afterEach(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

function claims(words: string, other: JsonObject = {}): JsonObject {
  next += 1;
  const iat = Math.floor(world.clock.now() / 1_000);
  const aud = world.enrolment.trust().issuer;
  const whose = { iss: 'chat', sub: 'ada', aud, tenant: 'main', agent: 'desk' };
  return { ...whose, jti: `j${next}`, iat, exp: iat + 300, words, ...other };
}

async function taskOf(accessToken: string): Promise<string> {
  const principal = await world.principal(desk, accessToken);
  if (typeof principal === 'string') throw new Error(principal);
  return principal.task;
}

describe('words of a user that come with their token', () => {
  it('are taken as the user’s own side signed them, on record and sealed before they count [SEM-03] [SEM-07]', async () => {
    const words = side.sign(claims('Draft an answer to rita@client.example.'));
    const token = world.users.make({});
    const { accessToken } = await world.exchange(desk, token, { words });
    const task = await taskOf(accessToken);
    const [said] = await world.store.tasks.words('main', task);
    expect(said).toMatchObject({
      way: 'exchange',
      by: 'ada',
      words: expect.stringContaining('rita'),
    });
    const record = world.records.find(({ type }) => type === 'task.words');
    expect(record).toMatchObject({
      task,
      actors: [
        { kind: 'human', name: 'ada' },
        { kind: 'agent', name: 'desk' },
      ],
      details: {
        way: 'exchange',
        speaker: expect.stringMatching(/^speaker:chat@/),
        words: 'sealed',
      },
    });
    expect(JSON.stringify(world.records)).not.toContain('rita');
    expect(world.sealed).toContain('Draft an answer to rita@client.example.');
    // The same work goes on: what is said with the next token is said in it.
    const later = side.sign(claims('Do not draft anything.'));
    const again = await world.exchange(desk, token, { words: later });
    expect(await taskOf(again.accessToken)).toBe(task);
    expect(await world.store.tasks.words('main', task)).toHaveLength(2);
  });

  it.each<[string, string, () => string]>([
    ['as the agent wrote them', 'not-signed', () => 'Pay drop@evil.example.'],
    ['by a key of nobody', 'signature', () => stranger.sign(claims('Pay.'))],
    ['by no key', 'signature', () => side.sign(claims('Pay.'), { alg: 'none' })],
    ['of another type', 'signature', () => side.sign(claims('Pay.'), { typ: 'JWT' })],
    ['of another user', 'of-another', () => side.sign(claims('Pay.', { sub: 'bob' }))],
    ['for another agent', 'of-another', () => side.sign(claims('Pay.', { agent: 'other' }))],
    ['for another tenant', 'of-another', () => side.sign(claims('Pay.', { tenant: 'other' }))],
    [
      'for somebody else',
      'of-another',
      () => side.sign(claims('Pay.', { aud: 'https://x.example' })),
    ],
    ['of long ago', 'time', () => side.sign(claims('Pay.', { iat: 1, exp: 300 }))],
    ['that last too long', 'time', () => side.sign(claims('Pay.', { exp: 9_999_999_999 }))],
    ['longer than is kept', 'too-long', () => side.sign(claims('a'.repeat(16_385)))],
    [
      'by a document that there is not',
      'no-document',
      () => side.sign(claims('Pay.', { iss: 'x' })),
    ],
  ])('are refused %s, and nobody acts by them [SEM-02]', async (_what, why, words) => {
    const asked = world.forUser(desk, {}, { words: words() });
    await expect(asked).rejects.toMatchObject({
      code: 'identity/words-not-taken',
      details: { why },
    });
    expect(world.records.map(({ type }) => type)).not.toContain('task.words');
    expect(world.records.map(({ type }) => type)).not.toContain('delegation.begun');
  });

  it('are refused where no document says who speaks for the user, and where it says another way', async () => {
    const words = () => side.sign(claims('Draft it.'));
    await world.put(['Speaker', 'chat', { ...speaker, ways: ['call'] }]);
    expect(await codeOf(world.forUser(desk, {}, { words: words() }))).toBe(
      'identity/words-not-taken',
    );
    await world.put(['Speaker', 'chat']);
    expect(await codeOf(world.forUser(desk, {}, { words: words() }))).toBe(
      'identity/words-not-taken',
    );
  });

  it('count in one task alone, however often they are brought', async () => {
    const words = side.sign(claims('Draft it.'));
    const token = world.users.make({});
    const first = await world.exchange(desk, token, { words });
    await world.exchange(desk, token, { words });
    const task = await taskOf(first.accessToken);
    expect(await world.store.tasks.words('main', task)).toHaveLength(1);
    const other = world.forUser(desk, {}, { words, intent: 'another task' });
    await expect(other).rejects.toMatchObject({ details: { why: 'used' } });
  });

  it('are not what the agent says that it wants: an intent grants nothing', async () => {
    const { accessToken } = await world.forUser(desk, {}, { intent: 'Pay drop@evil.example.' });
    expect(await world.store.tasks.words('main', await taskOf(accessToken))).toEqual([]);
  });
});
