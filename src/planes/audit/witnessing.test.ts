import { describe, expect, it } from 'vitest';
import type { Outbound, OutboundAsk } from '#contracts/outbound.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  cosignCheckpoint,
  logVkey,
  openCheckpoint,
  parseVkey,
  witnessVkey,
  type WitnessedHead,
} from '#tlog/index.ts';
import { makeSigner, MemoryLog, numbered } from '../../../test/conformance/tlog-memory-log.ts';
import { askBeforeStart } from './ask-before-start.ts';
import { parseWitnessPolicy } from './witness-policy.ts';
import { createWitnessing } from './witnessing.ts';
import type { WitnessedLog } from './witnessed-log.ts';

const signer = makeSigner();
const origin = 'audit.example.com/main/standard/gw-1';
const vkey = logVkey(origin, signer.publicKey);

/** A log that grows in memory; what is kept beside it stands among its files. */
function logOf(
  count: number,
  change?: number,
  of = origin,
): WitnessedLog & { files: Map<string, Uint8Array>; size: number } {
  const entries = numbered(count);
  if (change !== undefined) entries[change] = Buffer.from('{}');
  const log = new MemoryLog().append(...entries).publish(of, signer);
  return {
    tenant: 'main',
    vkey: logVkey(of, signer.publicKey),
    files: log.files,
    size: count,
    read: (path) => log.files.get(path),
    keep: (file, note) => {
      log.files.set(file, note);
      return Promise.resolve();
    },
    reached: () => count,
  };
}

/** Real witnesses over a wire that a test breaks. */
class World implements Outbound {
  readonly keys = ['w1', 'w2'].map((name) => ({ name: `${name}.example/w`, ...makeSigner() }));
  readonly memory = new Map<string, Map<string, WitnessedHead>>();
  readonly asked: OutboundAsk[] = [];
  broken: Record<string, (body: Buffer) => { status: number; body: string } | Promise<never>> = {};
  known: readonly string[] = [vkey];

  policy = (quorum = 'any') =>
    parseWitnessPolicy(
      [
        ...this.keys.map(
          ({ name, publicKey }, i) =>
            `witness w${i + 1} ${witnessVkey(name, publicKey)} http://w${i + 1}.example`,
        ),
        `group g ${quorum} w1 w2`,
        'quorum g',
      ].join('\n'),
    );

  async fetch(ask: OutboundAsk) {
    this.asked.push(ask);
    const { hostname } = new URL(ask.url);
    const body = Buffer.from(ask.body ?? '').toString();
    const own = this.keys.find(({ name }) => name.startsWith(`${hostname.split('.')[0]}.`));
    if (own === undefined) throw new Error('no such host');
    const answer = (await this.broken[hostname]?.(Buffer.from(body))) ?? this.#answer(own, body);
    return {
      status: answer.status,
      type: 'text/plain',
      body: Buffer.from(answer.body),
      maxAge: undefined,
    };
  }

  #answer(own: (typeof this.keys)[number], body: string): { status: number; body: string } {
    const heads = this.memory.get(own.name) ?? new Map<string, WitnessedHead>();
    this.memory.set(own.name, heads);
    const memory = {
      keys: (of: string) => this.known.map(parseVkey).filter(({ name }) => name === of),
      last: (of: string) => heads.get(of),
      keep: (head: WitnessedHead & { readonly origin: string }) =>
        void heads.set(head.origin, head),
    };
    const judged = cosignCheckpoint(Buffer.from(body), {
      memory,
      signer: own,
      now: () => 1_790_000_000,
    });
    if (judged.status === 200) return { status: 200, body: judged.lines };
    return { status: judged.status, body: judged.status === 409 ? `${judged.size}\n` : judged.why };
  }
}

function begin(world: World, log: { current: WitnessedLog }, quorum?: string) {
  const clock = new ManualClock();
  const parts = { policy: world.policy(quorum), logs: () => [log.current], outbound: world, clock };
  return { witnessing: createWitnessing(parts), clock };
}

const cosignersOf = (world: World, log: WitnessedLog) => {
  const witnesses = world.policy().witnesses.map((one) => parseVkey(one.vkey));
  const note = log.read('witnessed');
  return note === undefined ? undefined : openCheckpoint(note, { log: parseVkey(vkey), witnesses });
};

describe('the owner of a log', () => {
  it('keeps what witnesses cosign beside the checkpoint, and says to where [AUD-03]', async () => {
    const world = new World();
    const log = { current: logOf(300) };
    const { witnessing } = begin(world, log);
    await witnessing.look();
    expect(cosignersOf(world, log.current)).toMatchObject({
      size: 300,
      witnesses: ['w1.example/w', 'w2.example/w'],
    });
    expect(witnessing.health()).toMatchObject({
      logs: [{ origin, size: 300, witnessedTo: 300, unwitnessedMs: 0 }],
      contradictions: [],
      problems: [],
    });
    world.asked.length = 0;
    await witnessing.look();
    expect(world.asked).toEqual([]);
    log.current = logOf(1000);
    await witnessing.look();
    expect(cosignersOf(world, log.current)).toMatchObject({ size: 1000 });
    expect(world.asked).toHaveLength(2);
  });

  it('learns from a witness what it remembers, after a start', async () => {
    const world = new World();
    await begin(world, { current: logOf(300) }).witnessing.look();
    const log = { current: logOf(700) };
    const { witnessing } = begin(world, log);
    await witnessing.look();
    expect(cosignersOf(world, log.current)).toMatchObject({ size: 700 });
  });

  it('counts a head as witnessed when enough have cosigned it, and since when it is not', async () => {
    const world = new World();
    const log = { current: logOf(10) };
    const { witnessing, clock } = begin(world, log, 'all');
    world.broken['w2.example'] = () => Promise.reject(new Error('away'));
    await witnessing.look();
    clock.advance(limits.witnessLagMs + 1);
    expect(log.current.read('witnessed')).toBeUndefined();
    expect(witnessing.health()).toMatchObject({
      logs: [{ witnessedTo: 0, unwitnessedMs: limits.witnessLagMs + 1 }],
      problems: ['w2: away'],
    });
    world.broken = {};
    await witnessing.look();
    expect(witnessing.health()).toMatchObject({ logs: [{ witnessedTo: 10 }], problems: [] });
  });

  it('asks a witness within its limits of time and size', async () => {
    const world = new World();
    await begin(world, { current: logOf(3) }).witnessing.look();
    expect(world.asked[0]).toMatchObject({
      url: 'http://w1.example/add-checkpoint',
      method: 'POST',
      maxBytes: limits.witnessAnswerBytes,
      timeoutMs: limits.witnessAnswerMs,
    });
  });

  it.each<[string, () => { status: number; body: string }]>([
    ['nothing', () => ({ status: 200, body: '' })],
    ['a line of somebody else', () => ({ status: 200, body: '\u2014 x AAAAAAAAAAAA\n' })],
    ['something that is no line', () => ({ status: 200, body: '<html>' })],
    ['a size that is none', () => ({ status: 409, body: 'many\n' })],
    ['the size that was asked with', () => ({ status: 409, body: '0\n' })],
    ['a fault', () => ({ status: 500, body: '' })],
    ['a redirect', () => ({ status: 302, body: '' })],
  ])('takes no harm from a witness that answers %s', async (_what, answer) => {
    const world = new World();
    const log = { current: logOf(10) };
    world.broken['w1.example'] = answer;
    world.broken['w2.example'] = answer;
    const { witnessing } = begin(world, log);
    await witnessing.look();
    expect(log.current.read('witnessed')).toBeUndefined();
    expect(witnessing.health()).toMatchObject({ contradictions: [], logs: [{ witnessedTo: 0 }] });
    expect(witnessing.health().problems).toHaveLength(2);
    world.broken = {};
    await witnessing.look();
    expect(witnessing.health()).toMatchObject({ problems: [], logs: [{ witnessedTo: 10 }] });
  });

  it('passes over a cosignature of another head, also when the key is right', async () => {
    const world = new World();
    await begin(world, { current: logOf(9) }).witnessing.look();
    const old = logOf(9);
    await begin(world, { current: old }).witnessing.look();
    const lines = Buffer.from(old.read('witnessed') ?? [])
      .toString('utf8')
      .split('\n')
      .slice(5);
    world.broken['w1.example'] = () => ({ status: 200, body: `${lines.join('\n')}\n` });
    world.broken['w2.example'] = () => Promise.reject(new Error('away'));
    const log = { current: logOf(10) };
    const { witnessing } = begin(world, log);
    await witnessing.look();
    expect(log.current.read('witnessed')).toBeUndefined();
  });

  it('says so while it runs when a witness remembers more, or another history [AUD-03]', async () => {
    const world = new World();
    await begin(world, { current: logOf(300) }).witnessing.look();
    const log: { current: WitnessedLog } = { current: logOf(200) };
    const { witnessing } = begin(world, log);
    await witnessing.look();
    expect(witnessing.health().contradictions[0]).toBe(
      `w1 remembers 300 records of \`${origin}\`, which has 200`,
    );
    log.current = logOf(300, 7);
    await witnessing.look();
    expect(witnessing.health().contradictions[0]).toContain('another history');
    log.current = logOf(400, 7);
    await witnessing.look();
    expect(witnessing.health().contradictions[0]).toContain('another history');
    expect(log.current.read('witnessed')).toBeUndefined();
  });

  it('starts under no origin of which a witness remembers more: audit/witness-ahead [AUD-03]', async () => {
    const world = new World();
    await begin(world, { current: logOf(300) }).witnessing.look();
    const ask = (log: WitnessedLog) =>
      askBeforeStart({ policy: world.policy(), logs: () => [log], outbound: world });
    const ahead = expect.objectContaining({ code: 'audit/witness-ahead' });
    await expect(ask(logOf(300))).resolves.toBeUndefined();
    await expect(ask(logOf(310))).resolves.toBeUndefined();
    await expect(ask(logOf(200))).rejects.toEqual(ahead);
    await expect(ask(logOf(0))).rejects.toEqual(ahead);
    await expect(ask(logOf(300, 7))).rejects.toEqual(ahead);
    await expect(ask(logOf(310, 7))).rejects.toEqual(ahead);
    // Its checkpoint is a flush behind what it knows to have signed.
    await expect(ask({ ...logOf(309), reached: () => 310 })).resolves.toBeUndefined();
    world.broken['w1.example'] = () => Promise.reject(new Error('away'));
    world.broken['w2.example'] = () => Promise.reject(new Error('away'));
    await expect(ask(logOf(200))).resolves.toBeUndefined();
  });
});

describe('what is wrong with one log hides no other', () => {
  const control = 'audit.example.com/main/standard/control-1';
  const begun = async (...logs: WitnessedLog[]) => {
    const world = new World();
    world.known = [vkey, logVkey(control, signer.publicKey)];
    const current = { logs };
    const clock = new ManualClock();
    const parts = { policy: world.policy(), logs: () => current.logs, outbound: world, clock };
    await createWitnessing(parts).look();
    return { world, current, clock, parts, witnessing: createWitnessing(parts) };
  };
  const controlOf = (count: number) => logOf(count, undefined, control);
  const damaged = () => {
    const log = controlOf(300);
    log.files.delete('tile/0/001.p/44');
    return log;
  };
  const withFile = (log: ReturnType<typeof logOf>, file: string, text: string) => {
    log.files.set(file, Buffer.from(text));
    return log;
  };
  const code = (of: string) => expect.objectContaining({ code: of });

  it('at the start: a damaged log ends it, and one behind it that is put back is still found [AUD-03]', async () => {
    const { parts, current } = await begun(controlOf(300), logOf(300));
    for (const broken of [damaged(), withFile(controlOf(300), 'checkpoint', 'no note')]) {
      current.logs = [broken, logOf(100)];
      await expect(askBeforeStart(parts)).rejects.toEqual(code('audit/witness-ahead'));
      current.logs = [broken, logOf(300)];
      await expect(askBeforeStart(parts)).rejects.toEqual(code('audit/inconsistent'));
    }
    current.logs = [controlOf(300), logOf(300)];
    await expect(askBeforeStart(parts)).resolves.toBeUndefined();
  });

  it('at the start: a witness that answers nothing useful of one log is asked of the next [AUD-03]', async () => {
    const { world, parts, current } = await begun(controlOf(300), logOf(300));
    const useless = (body: Buffer) =>
      body.includes(control) ? { status: 500, body: '' } : (undefined as never);
    world.broken = { 'w1.example': useless, 'w2.example': useless };
    current.logs = [controlOf(300), logOf(100)];
    await expect(askBeforeStart(parts)).rejects.toEqual(code('audit/witness-ahead'));
  });

  it('while it runs: it is told as a fault, and what a witness remembers of others too [AUD-03]', async () => {
    const { witnessing, current } = await begun(controlOf(300), logOf(300));
    current.logs = [damaged(), logOf(100)];
    await witnessing.look();
    expect(witnessing.health()).toMatchObject({
      contradictions: [
        `w1 remembers 300 records of \`${origin}\`, which has 100`,
        `w2 remembers 300 records of \`${origin}\`, which has 100`,
      ],
      faults: [{ tenant: 'main', why: expect.stringContaining(control) }],
      problems: [],
    });
    current.logs = [controlOf(300), logOf(310)];
    await witnessing.look();
    expect(witnessing.health()).toMatchObject({ contradictions: [], faults: [] });
  });

  it('while it runs: what cannot be kept of one log is told, and later logs are shown', async () => {
    const full = { ...controlOf(300), keep: () => Promise.reject(new Error('ENOSPC')) };
    const { witnessing, current } = await begun(full, logOf(300));
    current.logs = [full, logOf(400)];
    await witnessing.look();
    expect(witnessing.health()).toMatchObject({
      logs: [{ witnessedTo: 0 }, { witnessedTo: 400 }],
      faults: [{ tenant: 'main', why: expect.stringContaining('ENOSPC') }],
    });
  });

  it('while it runs: a log that is shown no more is a fault, unless another succeeds it', async () => {
    const { witnessing, current, clock } = await begun(logOf(300));
    await witnessing.look();
    current.logs = [];
    clock.advance(600_000);
    await witnessing.look();
    const gone = `\`${origin}\` is shown to no witness any more`;
    expect(witnessing.health().faults).toEqual([{ tenant: 'main', why: gone }]);
    const bare = logOf(300);
    bare.files.delete('checkpoint');
    current.logs = [bare];
    await witnessing.look();
    expect(witnessing.health().faults).toMatchObject([
      { why: expect.stringContaining('no checkpoint') },
    ]);
    current.logs = [logOf(2, undefined, `${origin}.0a1b2c3d`)];
    await witnessing.look();
    expect(witnessing.health()).toMatchObject({
      faults: [],
      logs: [{ origin: `${origin}.0a1b2c3d` }],
    });
  });

  it('while it runs: says for how long no round has ended', async () => {
    const { witnessing, current, clock, parts } = await begun(logOf(3));
    parts.logs = () => {
      throw new Error('EIO');
    };
    const blind = createWitnessing(parts);
    clock.advance(limits.witnessLagMs + 1);
    await expect(blind.look()).rejects.toThrow('EIO');
    expect(blind.health().sinceLookMs).toBe(limits.witnessLagMs + 1);
    parts.logs = () => current.logs;
    await witnessing.look();
    expect(witnessing.health().sinceLookMs).toBe(0);
  });
});

describe('a policy of witnesses', () => {
  const w1 = witnessVkey('w1.example/w', Buffer.alloc(32, 1));
  const w2 = witnessVkey('w2.example/w', Buffer.alloc(32, 2));
  const lines = (...more: string[]) =>
    [`witness w1 ${w1} https://w1.example/`, `witness w2 ${w2} https://w2.example`, ...more].join(
      '\n',
    );

  it.each([
    [lines(), 1],
    [lines('# a comment', 'group g any w1 w2', 'quorum g'), 1],
    [lines('group g all w1 w2', 'quorum g'), 2],
    [lines('group g 2 w2 w1', 'quorum g'), 2],
    [`log ${w1}\nwitness w1 ${w1} https://w1.example\nquorum w1\n`, 1],
  ])('is read as c2sp.org/tlog-policy writes it', (text, quorum) => {
    const read = parseWitnessPolicy(text);
    expect(read.quorum).toBe(quorum);
    expect(read.witnesses[0]).toEqual({ name: 'w1', vkey: w1, url: 'https://w1.example' });
  });

  it.each([
    '',
    'witness w1',
    `witness w1 ${logVkey('w1', Buffer.alloc(32))} https://w1.example`,
    `witness w1 ${w1} nowhere`,
    lines(`witness w1 ${w2} https://x.example`),
    lines(`witness w3 ${w1} https://x.example`),
    lines('group g 3 w1 w2'),
    lines('group g 0 w1 w2'),
    lines('group g all w1'),
    lines('group g all w1 w1'),
    lines('group g any w1 w2', 'group h any g w1'),
    lines('quorum none'),
    lines('quorum w1'),
    lines('whatever'),
  ])('is refused whole when a line of it is not understood: %j', (text) => {
    expect(() => parseWitnessPolicy(text)).toThrow(
      expect.objectContaining({ code: 'config/unreadable' }),
    );
  });
});
