import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeEventSink, exportedRecord } from '#contracts/event-sink.suite.ts';
import type { SinkParts } from '#contracts/event-sink.ts';
import { waitingOf } from '#planes/export/index.ts';
import { SmtpServer } from '../../../../test/fakes/smtp-server.ts';
import { mailSink, type MailParts } from './index.ts';

const signal = new AbortController().signal;
const now = Date.parse('2026-11-27T12:00:00.000Z');
let folder = '';
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-mail-'));
  for (const host of ['localhost', 'elsewhere.example']) {
    const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${host} -addext subjectAltName=DNS:${host}`;
    const files = ['-keyout', file(`${host}.key`), '-out', file(`${host}.crt`)];
    execFileSync('openssl', [...args.split(' '), ...files], { stdio: 'ignore' });
  }
  writeFileSync(file('password'), 'of the test');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tlsOf = (host: string) => ({
  key: readFileSync(file(`${host}.key`), 'utf8'),
  cert: readFileSync(file(`${host}.crt`), 'utf8'),
});

let passedMs = 0;
const parts: SinkParts = {
  outbound: { fetch: () => Promise.reject(new Error('nobody is asked')) },
  secret: async (path) => readFileSync(path, 'utf8'),
  now: () => now + passedMs,
};
const all: MailParts['tell'] = ({ key }) => ({ what: 'It waits', path: `/${key}` });

async function opened(
  of: ConstructorParameters<typeof SmtpServer>[0] = {},
  over: Readonly<Record<string, unknown>> = {},
  tell: MailParts['tell'] = waitingOf,
) {
  const server = new SmtpServer(of);
  const port = await server.open();
  const kind = mailSink({ tell });
  const spec = kind.spec.parse({
    server: `smtp+plain://127.0.0.1:${port}`,
    from: 'bailiwick@example.com',
    to: ['ann@example.com'],
    console: 'https://bailiwick.example/',
    ...Object.fromEntries(
      Object.entries(over).map(([key, value]) => [
        key,
        String(value).startsWith('smtp') ? `${String(value)}:${port}` : value,
      ]),
    ),
  });
  return { server, sink: kind.open(spec, parts) };
}

describeEventSink('mail', async () => {
  const { server, sink } = await opened({}, {}, all);
  return {
    sink,
    received: async () =>
      server.letters.flatMap(({ text }) =>
        [...text.matchAll(/^https:\/\/bailiwick\.example\/(.*)$/gm)].map(([, key = '']) => key),
      ),
    behave: async (how) => void (server.manners = how),
    refuse: undefined,
    takesOnce: false,
    close: () => server.close(),
  };
});

const asked = (over: object = {}) => {
  const one = exportedRecord(0);
  const approval = { id: '0199c0de-0000-7000-8000-00000000000a', class: 'write' };
  return {
    ...one,
    record: { ...one.record, type: 'approval.requested', approval, ...over } as typeof one.record,
  };
};

describe('a mail', () => {
  it('says that a call waits and where, and nothing of what it is: no name, no tool, no value [APR-16]', async () => {
    const { server, sink } = await opened();
    expect(await sink.send([exportedRecord(1), asked(), exportedRecord(2)], signal)).toEqual({
      settled: 3,
      never: [],
    });
    expect(server.letters).toHaveLength(1);
    const [letter] = server.letters;
    expect(letter).toMatchObject({ from: 'bailiwick@example.com', to: ['ann@example.com'] });
    const text = letter?.text ?? '';
    expect(text).toBe(
      [
        'Date: Fri, 27 Nov 2026 12:00:00 +0000',
        'From: Bailiwick <bailiwick@example.com>',
        'To: ann@example.com',
        'Subject: [Bailiwick] A call waits for a person',
        `Message-ID: <${/^Message-ID: <([0-9a-f]{40}@example\.com)>$/m.exec(text)?.[1]}>`,
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=us-ascii',
        'Auto-Submitted: auto-generated',
        '',
        'A call waits for a person:',
        'https://bailiwick.example/console/approvals/0199c0de-0000-7000-8000-00000000000a',
        '',
        'What it is about stands there, for who is signed in. An answer to this mail decides nothing.',
      ].join('\n'),
    );
    // Sent again it is the same letter.
    await sink.send([asked()], signal);
    expect(server.letters[1]?.text).toBe(text);
    await server.close();
  });

  it('is one for all that waits in a batch, and of nothing that is over', async () => {
    const { server, sink } = await opened();
    const change = asked({
      type: 'config.change-requested',
      details: { review: 'r-1', reason: 'canary' },
    });
    const old = asked({ time: '2026-11-27T11:00:00.000Z' });
    await sink.send([asked(), change, old], signal);
    await sink.send([old], signal);
    expect(server.letters).toHaveLength(1);
    expect(server.letters[0]?.text).toContain('Subject: [Bailiwick] 2 things wait for a person\n');
    expect(server.letters[0]?.text).toContain('bailiwick change show r-1');
    expect(server.letters[0]?.text).not.toContain('canary');
    const hostile = asked({ approval: { id: 'x\r\nBcc: eve@example.com' } });
    await sink.send([hostile], signal);
    expect(server.letters[1]?.text).not.toContain('Bcc');
    await server.close();
  });

  it('goes to who is known where one of several is not, and to nobody is no letter', async () => {
    const { server, sink } = await opened({}, { to: ['ann@example.com', 'gone@example.com'] });
    server.unknown.add('gone@example.com');
    expect((await sink.send([asked()], signal)).settled).toBe(1);
    expect(server.letters.map(({ to }) => to)).toEqual([['ann@example.com']]);
    server.unknown.add('ann@example.com');
    const refused = await sink.send([asked()], signal);
    expect(refused).toMatchObject({ settled: 0, later: { why: 'it answers 550 to RCPT' } });
    await server.close();
  });
});

describe('somebody whom a server refuses for now', () => {
  const [ann, bob] = ['ann@example.com', 'bob@example.com'];
  const change = (review: string) => ({
    ...asked({ type: 'config.change-requested', details: { review } }),
    key: review,
  });
  const toldTo = ({ letters }: SmtpServer) =>
    letters.map(({ to, text }) => [
      to,
      [...text.matchAll(/^A .*show (\w+)/gm)].map(([, one]) => one),
    ]);

  afterEach(() => {
    passedMs = 0;
  });

  it('is tried again alone, and the others have what comes meanwhile, each once', async () => {
    const { server, sink } = await opened({}, { to: [ann, bob] });
    server.later.add(bob);
    const no = { settled: 0, later: { why: 'it answers 450 to RCPT' } };
    expect(await sink.send([change('a')], signal)).toMatchObject(no);
    expect(await sink.send([change('a')], signal)).toMatchObject(no);
    expect(await sink.send([change('a'), change('b')], signal)).toMatchObject(no);
    server.later.clear();
    expect(await sink.send([change('a'), change('b')], signal)).toEqual({ settled: 2, never: [] });
    expect(toldTo(server)).toEqual([
      [[ann], ['a']],
      [[ann], ['b']],
      [[bob], ['a', 'b']],
    ]);
    await server.close();
  });

  it('goes without after half an hour, unless nobody has it', async () => {
    const { server, sink } = await opened({}, { to: [ann, bob] });
    server.later.add(bob);
    expect((await sink.send([change('a')], signal)).settled).toBe(0);
    passedMs = 1_799_999;
    expect((await sink.send([change('a')], signal)).settled).toBe(0);
    passedMs = 1_800_000;
    expect(await sink.send([change('a')], signal)).toEqual({ settled: 1, never: [] });
    server.later.add(ann);
    expect((await sink.send([change('b')], signal)).settled).toBe(0);
    passedMs = 9_000_000;
    expect((await sink.send([change('b')], signal)).settled).toBe(0);
    server.later.clear();
    expect((await sink.send([change('b')], signal)).settled).toBe(1);
    expect(toldTo(server)).toEqual([
      [[ann], ['a']],
      [[ann, bob], ['b']],
    ]);
    await server.close();
  });
});

describe('mail over TLS', () => {
  const login = '\0bailiwick\0of the test';
  const signedIn = () => ({ user: 'bailiwick', passwordFile: file('password') });
  const over = (host = 'localhost') => ({
    server: 'smtp://localhost',
    caFile: file(`${host}.crt`),
    ...signedIn(),
  });

  it('goes over to it, and signs in there alone', async () => {
    const { server, sink } = await opened({ tls: tlsOf('localhost'), login }, over());
    expect((await sink.send([asked()], signal)).settled).toBe(1);
    expect(server.letters).toMatchObject([{ user: login, overTls: true }]);
    await server.close();
  });

  it('sends nothing to who cannot, to who is another host, and to who is vouched for by nobody', async () => {
    const bare = await opened({ tls: tlsOf('localhost'), login }, over());
    bare.server.manners = 'bare';
    const other = await opened(
      { tls: tlsOf('elsewhere.example'), login },
      over('elsewhere.example'),
    );
    const stranger = await opened(
      { tls: tlsOf('localhost'), login },
      { server: 'smtp://localhost', ...signedIn() },
    );
    const why: unknown[] = [];
    for (const { sink, server } of [bare, other, stranger]) {
      const answer = await sink.send([asked()], signal);
      expect(answer.settled).toBe(0);
      why.push(answer.later?.why);
      expect(server.letters).toEqual([]);
      await server.close();
    }
    expect(why).toEqual([
      'it answers 502 to STARTTLS',
      expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
      expect.stringContaining('SELF_SIGNED'),
    ]);
    expect(JSON.stringify(why)).not.toContain('of the test');
  });

  it('takes a plain server on this machine alone, and addresses that are addresses', () => {
    const { spec } = mailSink({ tell: waitingOf });
    const good = {
      server: 'smtps://mail.example',
      from: 'a@b.example',
      to: ['c@d.example'],
      console: 'https://b.example',
    };
    const login = { user: 'bailiwick', passwordFile: '/run/secrets/mail' };
    for (const over of [{}, login]) {
      expect(spec.safeParse({ ...good, ...over }).success).toBe(true);
    }
    const wrong = [
      { server: 'smtp+plain://mail.example' },
      { server: 'https://mail.example' },
      { server: 'smtp://mail.example:0' },
      { from: 'a@b.example>\r\nRCPT TO:<eve@example.com' },
      { to: [] },
      { to: ['a b@c.example'] },
      { user: 'bailiwick' },
      { passwordFile: '/run/secrets/mail' },
    ];
    for (const over of wrong) expect(spec.safeParse({ ...good, ...over }).success).toBe(false);
  });
});
