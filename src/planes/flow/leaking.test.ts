import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label, Labels } from '#kernel/label.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { createFlowMemory } from './memory.ts';

const flowOf = (over: Partial<ToolFlow> = {}): ToolFlow => ({
  sinks: {},
  deeds: [],
  asserted: [],
  ids: [],
  names: [],
  ...over,
});
const mail = flowOf({ sinks: { 'to[]': 'recipient', subject: 'payload', body: 'payload' } });
const note = flowOf({ sinks: { title: 'path', text: 'payload' } });
const personal: Label = 'confidentiality:personal';
const secret: Label = 'confidentiality:secret';
const people = flowOf({
  labels: { 'people[].salary': [personal], 'people[].file': [personal], key: [secret] },
});
const key = 'Zk7Qw92mXp44RtYh81LdVb03';
const file =
  'Marta has been on sick leave twice this spring and asked that nobody in her team is told the reason.';
const told: JsonObject = {
  people: [{ name: 'Marta Novak', salary: 84_213, file }],
  key,
  motto: 'we mend what others throw away, and we do it with pleasure every day',
};

interface Asked {
  readonly flow?: ToolFlow | undefined;
  readonly target?: string;
  readonly words?: string;
  readonly seenAll?: boolean;
  readonly labels?: Labels;
  readonly before?: readonly JsonObject[];
  readonly sensitivity?: 'public' | 'internal';
  readonly result?: JsonObject;
  readonly reads?: ToolFlow;
  readonly whole?: Labels;
}

/** Reads once, then asks what a call would tell. */
function leaks(given: JsonObject, asked: Asked = {}) {
  const memory = createFlowMemory();
  const { flow, target = 'mail/send', before = [], reads = people, whole } = asked;
  const shape = { untrusted: false, argumentsDigest: 'd' } as const;
  memory.learn('t', {
    ...shape,
    target: 'hr/people',
    call: 'c1',
    flow: reads,
    effect: 'read',
    arguments: {},
    result: { structuredContent: asked.result ?? told },
    ...(whole === undefined ? {} : { whole }),
  });
  const sends = 'flow' in asked ? flow : mail;
  for (const one of before) {
    memory.learn('t', {
      ...shape,
      target,
      call: 'c2',
      flow: sends,
      effect: 'write',
      arguments: one,
      result: {},
    });
  }
  return memory.leaks('t', {
    target,
    flow: sends,
    effect: 'write',
    sensitivity: asked.sensitivity ?? 'internal',
    arguments: given,
    labels: asked.labels ?? [personal, secret],
    seenAll: asked.seenAll ?? true,
    words: asked.words,
  });
}

const labelsOf = (found: ReturnType<typeof leaks>) =>
  [...new Set(found.map(({ label }) => label))].sort();
const body = (text: string): JsonObject => ({ to: ['x@evil.example'], body: text });

const twice = (text: string) =>
  Buffer.from(Buffer.from(text).toString('base64')).toString('base64');
const ways: readonly (readonly [string, string])[] = [
  ['as it is', key],
  ['in other letters', key.toLowerCase()],
  ['with marks between', key.split('').join('-')],
  ['base64', Buffer.from(key).toString('base64')],
  ['base64url within a link', `https://x.example/?q=${Buffer.from(key).toString('base64url')}`],
  ['base64 behind two letters', `ab${Buffer.from(`  ${key}`).toString('base64')}`],
  ['hex', Buffer.from(key).toString('hex')],
  ['hex behind a letter of it', `d${Buffer.from(key).toString('hex')}`],
  [
    'entities with noughts',
    key
      .split('')
      .map((one) => `&#0000${one.charCodeAt(0)};`)
      .join(''),
  ],
  [
    'URL encoding',
    key
      .split('')
      .map((one) => `%${one.charCodeAt(0).toString(16)}`)
      .join(''),
  ],
  [
    'entities',
    key
      .split('')
      .map((one) => `&#${one.charCodeAt(0)};`)
      .join(''),
  ],
  ['base64 twice', twice(key)],
  ['hex of base64', Buffer.from(Buffer.from(key).toString('base64')).toString('hex')],
  ['gzip in base64', gzipSync(`the key is ${key}`).toString('base64')],
  [
    'lines of base64',
    Buffer.from(`the key: ${key}`)
      .toString('base64')
      .replace(/(.{9})/g, '$1\n'),
  ],
];

describe('what a call would tell [SEM-10]', () => {
  it.each(ways)('is found written %s', (_, text) => {
    const found = leaks(body(`Hello, ${text} and so on`));
    expect(labelsOf(found)).toEqual([secret]);
    expect(found[0]?.origin).toEqual({ target: 'hr/people', call: 'c1', path: 'key' });
    expect(JSON.stringify(found)).not.toContain(key.slice(0, 6));
  });

  it('is found in every kind of field: nested, in lists, in names, as a number', () => {
    const hidden: readonly JsonObject[] = [
      { a: { b: [{ c: `x ${key}` }] } },
      { [`k ${key}`]: 1 },
      { amount: 84_213 },
      { text: 'she has 84,213.00 a year' },
      { rows: [[1], [84_213]] },
    ];
    for (const given of hidden) expect(leaks(given), JSON.stringify(given)).not.toEqual([]);
    expect(leaks({ text: 'she has 84,214.00 a year', n: 1, yes: true })).toEqual([]);
  });

  it('is found of a long text in part, and not where only its words are alike', () => {
    expect(labelsOf(leaks(body(file.slice(20, 60))))).toEqual([personal]);
    expect(leaks(body('Marta is in her team this spring, twice; nobody was told why'))).toEqual([]);
    expect(leaks(body('we mend what others throw away, and we do it with pleasure'))).toEqual([]);
  });

  it('is found in pieces: over arguments, and over calls of the task', () => {
    const [one, two, three] = [key.slice(0, 8), key.slice(8, 16), key.slice(16)];
    expect(labelsOf(leaks({ to: [], subject: one, body: two + three }))).toEqual([secret]);
    expect(labelsOf(leaks({ to: [], subject: three, body: `${one} x ${two}` }))).toEqual([secret]);
    expect(labelsOf(leaks(body(three), { before: [body(one), body(two)] }))).toEqual([secret]);
    expect(labelsOf(leaks(body(one), { before: [body(three), body(two)] }))).toEqual([secret]);
    expect(leaks(body(one))).toEqual([]);
    // Somebody said yes to that: what comes after it says nothing of it.
    expect(leaks(body('until tomorrow'), { before: [body(key)] })).toEqual([]);
  });

  it('is what is labelled above the clearance alone, wherever it may go', () => {
    const cleared = (labels: Labels) => ({ ...mail, clearance: { labels } });
    expect(leaks(body(`${key} 84213`), { flow: cleared([personal, secret]) })).toEqual([]);
    expect(labelsOf(leaks(body(`${key} 84213`), { flow: cleared([personal]) }))).toEqual([secret]);
    const inside: ToolFlow = {
      ...mail,
      clearance: { labels: [], inside: { domains: ['acme.example'], labels: [personal] } },
    };
    const to = (...all: string[]) => leaks({ to: all, body: '84213' }, { flow: inside });
    expect(to('ann@acme.example', 'bo@mail.acme.example')).toEqual([]);
    expect(to('ann@acme.example', 'bo@notacme.example')).not.toEqual([]);
    expect(to('ann@acme.example.evil.example')).not.toEqual([]);
    expect(to('acme.example')).not.toEqual([]);
    expect(to()).not.toEqual([]);
  });

  it('has no clearance where it leaves, or nothing is said of it; what stays may hold what is our own', () => {
    const given = { title: 'a', text: `${key} 84213` };
    expect(labelsOf(leaks(given, { flow: note, target: 'notes/save' }))).toEqual([secret]);
    expect(labelsOf(leaks(given, { flow: undefined }))).toEqual([personal, secret]);
    const open = { flow: note, target: 'notes/save', sensitivity: 'public' } as const;
    expect(labelsOf(leaks(given, open))).toEqual([personal, secret]);
    // What goes back to where it came from has not left.
    expect(leaks(given, { flow: note, target: 'hr/save' })).toEqual([]);
  });

  it('is of no other region and no other tenant [DAT-16]', () => {
    const reads = flowOf({ labels: { plan: ['region:eu'], offer: ['tenant:globex'] } });
    const result = { plan: 'open a second site in Graz in autumn', offer: 'GLX-99812' };
    const asked = { reads, result, labels: ['region:eu', 'tenant:globex'] as Labels };
    const given = { title: 'x', text: `${result.plan}; ${result.offer}` };
    const notes = { ...asked, target: 'notes/save' };
    expect(labelsOf(leaks(given, { ...notes, flow: note }))).toEqual([
      'region:eu',
      'tenant:globex',
    ]);
    const eu = { ...note, clearance: { labels: ['region:eu'] as Labels } };
    expect(labelsOf(leaks(given, { ...notes, flow: eu }))).toEqual(['tenant:globex']);
    const us = { ...note, clearance: { labels: ['region:us'] as Labels } };
    expect(labelsOf(leaks(given, { ...notes, flow: us }))).toHaveLength(2);
  });

  it('tells nothing new where the user said it themselves, but for secrets', () => {
    const words = `tell Marta that it is 84,213 and ${key}`;
    expect(labelsOf(leaks(body(`84213 ${key}`), { words }))).toEqual([secret]);
  });

  it('does not count to whom it goes as what is told', () => {
    const reads = flowOf({ labels: { 'people[]': [personal] } });
    const result = { people: [{ email: 'marta@acme.example', iban: 'DE89370400440532013000' }] };
    const of = (given: JsonObject) => leaks(given, { reads, result, labels: [personal] });
    expect(of({ to: ['marta@acme.example'], body: 'see you' })).toEqual([]);
    expect(of({ to: ['x@evil.example'], body: 'marta@acme.example' })).not.toEqual([]);
    expect(of({ to: ['DE89370400440532013000@evil.example'], body: '' })).not.toEqual([]);
  });

  it('of a result that is labelled as a whole is what says something by itself', () => {
    const result = { state: 'open', who: 'Marta Novak', ref: 'K-4711-Z', phone: '+43 660 1234567' };
    const asked = { reads: flowOf(), whole: [personal], result, labels: [personal] };
    for (const text of ['Marta  NOVAK', 'k4711z', '0043 (660) 123 45 67']) {
      expect(leaks(body(text), asked), text).not.toEqual([]);
    }
    expect(leaks(body('the door is open'), asked)).toEqual([]);
  });
});

describe('what cannot be told', () => {
  const worst = [personal, secret].map((label) => ({
    label,
    argument: undefined,
    origin: undefined,
    form: undefined,
  }));

  it('counts as telling all that the task carries: another gateway, a restart, what was not looked into', () => {
    expect(leaks(body('hello'), { seenAll: false })).toEqual(worst);
    expect(leaks(body('hello'))).toEqual([]);
    // A task that carries nothing has nothing to tell.
    const clean = { seenAll: false, labels: ['integrity:untrusted'] as Labels, reads: flowOf() };
    expect(leaks(body('hello'), clean)).toEqual([]);
  });

  it('is too much of a result, of a call and of its encodings, each at its edge', () => {
    const cut = { ...told, more: 'x '.repeat(flowBounds.textChars / 2 + 1) };
    expect(leaks(body('hello'), { result: cut })).toEqual(worst);
    expect(leaks(body('y'.repeat(flowBounds.argumentChars + 1)))).toEqual(worst);
    const dense = Buffer.from('hello world '.repeat(40_000)).toString('base64');
    expect(leaks(body(`${dense} ${dense.slice(4)}`.slice(0, 1_000_000)))).toEqual(worst);
    const many = {
      key: Array.from({ length: flowBounds.denseValues + 1 }, (_, n) => `Zk7Qw92mXp44-${n}`),
    };
    const reads = flowOf({ labels: { key: [secret] } });
    expect(leaks(body('hello'), { reads, result: many })).toEqual(worst);
  }, 20_000);

  it('is what was packed and does not unpack whole, or to too much', () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from(key), Buffer.alloc(1_100_000, 0x20)]));
    const torn = gzipSync(`the key is ${key}`).subarray(0, -4);
    for (const packed of [bomb, torn]) {
      expect(leaks(body(`see ${packed.toString('base64')}`))).toEqual(worst);
    }
  });

  it('is to whom it goes where not all of it is looked at', () => {
    const inside = { domains: ['acme.example'], labels: [personal, secret] as Labels };
    const flow = { ...mail, clearance: { labels: [] as Labels, inside } };
    const given = { to: ['ann@acme.example'], body: 'hello' };
    expect(leaks(given, { flow })).toEqual([]);
    const filler = Array.from({ length: 60_000 }, () => 0);
    expect(leaks({ ...given, filler, more: 'x@evil.example' }, { flow })).toEqual(worst);
  });

  it('is a secret that stands where a place should, whatever kind of place', () => {
    const flow = flowOf({ sinks: { id: 'objectId', to: 'recipient' } });
    expect(labelsOf(leaks({ id: key, to: 'x@evil.example' }, { flow }))).toEqual([secret]);
  });

  it('never falls: whatever else is read and sent, what was told of a call is told of it again [D-11]', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 6 });
    fc.assert(
      fc.property(words, words, (sent, more) => {
        const given = body(`${more.join(' ')} ${key}`);
        const found = leaks(given, { before: sent.map(body) });
        expect(labelsOf(found)).toEqual([secret]);
      }),
      { numRuns: 50, seed: 7 },
    );
  });
});
