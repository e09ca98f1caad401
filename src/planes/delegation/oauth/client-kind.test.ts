import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { mayUseClient } from '#contracts/client-entry.ts';
import { clientKind } from './client-kind.ts';

const identity = { id: 'app', redirectUris: ['https://app.example/cb'] };

function parsed(over: JsonObject) {
  const read = clientKind.parse('app', { agent: 'coder', identity, ...over });
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return read.entry;
}

const problems = (over: JsonObject): string => {
  const read = clientKind.parse('app', { agent: 'coder', identity, ...over });
  return read.kind === 'problems' ? read.problems.map(({ message }) => message).join('; ') : '';
};

describe('a Client', () => {
  it('names the agent, and lets nobody more than reading for eight hours by itself', () => {
    expect(parsed({})).toMatchObject({
      agent: 'coder',
      identity: { kind: 'registered', id: 'app' },
      effects: ['read'],
      maxDurationMs: 28_800_000,
      allowed: undefined,
      consent: 'user',
    });
    expect(clientKind.parse('app', { agent: 'coder', identity })).toMatchObject({
      references: [{ kind: 'Agent', name: 'coder' }],
    });
  });

  it('that says yes for every user is written by admins alone', () => {
    const { writtenBy } = clientKind;
    const writer = (spec: JsonObject) =>
      typeof writtenBy === 'function' ? writtenBy(spec) : 'always';
    expect([writer({ consent: 'policy' }), writer({ consent: 'user' }), writer({})]).toEqual([
      'admin',
      undefined,
      undefined,
    ]);
  });

  it('lasts at most as long as a consent may', () => {
    expect(parsed({ maxDuration: '366d' }).maxDurationMs).toBe(limits.consentMs);
    expect(problems({ maxDuration: '367d' })).toContain('longer than a consent lasts');
    for (const text of ['0h', '8', '8w', '-1h', '1.5h']) {
      expect(problems({ maxDuration: text })).not.toBe('');
    }
  });

  it.each([
    [{ identity: {} }, 'give one of'],
    [{ identity: { ...identity, metadata: 'https://a.example/c.json' } }, 'give one of'],
    [{ identity: { id: 'app' } }, 'belong together'],
    [{ identity: { ...identity, redirectUris: ['http://app.example/cb'] } }, 'use https'],
    [{ identity: { metadata: 'http://a.example/c.json' } }, 'use an https URL'],
    [{ identity: { metadata: 'https://a.example/' } }, 'use an https URL'],
    [{ identity: { metadata: 'https://u@a.example/c' } }, 'use an https URL'],
    [{ identity: { metadata: 'https://a.example/c?x' } }, 'use an https URL'],
    [
      { identity: { metadata: 'https://a.example/c', secretSha256: 'a'.repeat(64) } },
      'of a client with an `id`',
    ],
    [{ identity: { ...identity, secretSha256: 'secret' } }, 'SHA-256'],
    [
      { identity: { ...identity, jwks: { keys: [{ kty: 'EC', d: 'x' }] } } },
      'only its public half belongs here',
    ],
    [{ identity: { dynamic: { redirectUris: ['https:'] } } }, 'use `loopback`'],
    [{ identity: { dynamic: { redirectUris: ['loopback'], perHour: 1_001 } } }, 'perHour'],
    [
      { consent: 'policy', identity: { dynamic: { redirectUris: ['loopback'] } } },
      'nobody can agree for users',
    ],
    [{ effects: [] }, 'effects'],
    [{ acts: 'coder' }, 'unknown key'],
  ] as const)('is refused with %o', (over, why) => {
    expect(problems(over)).toContain(why);
  });

  it('registers no more in an hour than its bound', () => {
    const perHour = limits.registrationsPerHour;
    const dynamic = { redirectUris: ['loopback'], perHour };
    expect(parsed({ identity: { dynamic } }).identity).toMatchObject({ perHour });
  });

  it('is of whom it names, by name or by group, and of nobody else', () => {
    const of = (subject: string, groups: string[] = [], provider = 'corp') => ({
      provider,
      user: { subject, groups },
    });
    const entry = parsed({ users: ['ann'], groups: ['dev'] });
    expect(mayUseClient(entry, of('ann'))).toBe(true);
    expect(mayUseClient(entry, of('bob', ['dev']))).toBe(true);
    expect(mayUseClient(entry, of('bob', ['ann']))).toBe(false);
    expect(mayUseClient(parsed({ groups: ['dev'] }), of('ann'))).toBe(false);
    expect(mayUseClient(parsed({}), of('anybody'))).toBe(true);
    expect(clientKind.parse('app', { agent: 'coder', identity, provider: 'corp' })).toMatchObject({
      references: [{ kind: 'Agent' }, { kind: 'IdentityProvider', name: 'corp' }],
    });
    const corps = parsed({ users: ['ann'], provider: 'corp' });
    expect(mayUseClient(corps, of('ann'))).toBe(true);
    expect(mayUseClient(corps, of('ann', [], 'other'))).toBe(false);
    expect(mayUseClient(parsed({ provider: 'corp' }), of('ann', [], 'other'))).toBe(false);
  });
});
