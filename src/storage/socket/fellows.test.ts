import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FellowServices, Greeting, ProofToUse } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import { type ConnectedFellows, connectFellows } from './index.ts';

let folder: string;
const open: ConnectedFellows[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fellows-'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly fellows: ConnectedFellows;
  readonly asked: ProofToUse[];
  readonly greetings: (readonly [number, Greeting])[];
  /** Whose they were. */
  readonly loans: number[];
}

async function start(
  index: number,
  count = 2,
  circle = 'the-circle-of-this-start',
): Promise<Started> {
  const fellows = connectFellows({ folder, index, count, circle });
  open.push(fellows);
  const asked: ProofToUse[] = [];
  const greetings: (readonly [number, Greeting])[] = [];
  const loans: number[] = [];
  const services: FellowServices = {
    methods: {
      useProof(proof) {
        asked.push(proof);
        return { use: 'fresh', generation: 7 };
      },
      lend({ of, places }) {
        loans.push(of);
        return places / 2;
      },
      giveBack: () => 0,
      countOpen: () => {
        throw new Error('a fault');
      },
      cancelOpen: () => 0,
      lastTold: () => ({ record: null, isKnown: true }),
      replyAsk: () => 0,
      noteSession: () => 0,
      noteSubscription: () => 0,
      offersChanged: () => 0,
      takeQuestion: () => ({ found: false }),
      findPage: () => ({}),
      nextOfAnswer: () => ({ state: 'gone', events: [] }),
      listChanged: () => 0,
    },
    greeting: (to) => ({
      generation: index,
      holds: [{ kind: 'lane', key: `of ${to}`, places: 3 }],
    }),
    greeted: (by, greeting) => void greetings.push([by, greeting]),
  };
  await fellows.meet(services);
  return { fellows, asked, greetings, loans };
}

const proof = (jti: string): ProofToUse => ({ thumbprint: 't', jti, issuedAt: 1, generation: 0 });
const askOf = ({ fellows }: Started) => {
  const [other] = fellows.others;
  if (other === undefined) throw new Error('nobody');
  return other.ask;
};

async function untilAway({ fellows }: Started): Promise<void> {
  while (fellows.others[0]?.awaySince === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the gateways of one listener', () => {
  it('ask each other, and agree who keeps what', async () => {
    const [one, two] = [await start(0), await start(1)];
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((jti) => askOf(one).useProof(proof(jti))),
    );
    expect(answers).toEqual(answers.map(() => ({ use: 'fresh', generation: 7 })));
    expect(two.asked.map(({ jti }) => jti)).toEqual(['a', 'b', 'c']);
    for (const name of ['x', 'y', 'z', 'u', 'v', 'w']) {
      const keepers = [one, two].map(({ fellows }) => fellows.keeperOf(name)?.index);
      expect(keepers.filter((keeper) => keeper === undefined)).toHaveLength(1);
    }
  });

  it('say what they hold of each other whenever they meet, also again', async () => {
    const one = await start(0);
    const two = await start(1);
    await askOf(one).useProof(proof('met'));
    expect(two.greetings).toEqual([
      [0, { generation: 0, holds: [{ kind: 'lane', key: 'of 1', places: 3 }] }],
    ]);
    await two.fellows.close();
    const again = await start(1);
    await askOf(one).useProof(proof('met again'));
    expect(again.greetings).toHaveLength(1);
    expect(again.asked.map(({ jti }) => jti)).toEqual(['met again']);
  });

  it('wait for one that is away, and tell no more when it stays away', async () => {
    const one = await start(0);
    const early = askOf(one).useProof(proof('early'));
    const two = await start(1);
    await expect(early).resolves.toMatchObject({ use: 'fresh' });
    await two.fellows.close();
    await untilAway(one);
    const began = performance.now();
    await expect(askOf(one).useProof(proof('late'))).rejects.toMatchObject({
      code: 'gateway/not-ready',
    });
    expect(performance.now() - began).toBeGreaterThanOrEqual(limits.fellowWaitMs - 50);
    expect(one.fellows.others[0]?.awaySince).toBeDefined();
  });

  it('tell nothing of a fault, and go on after it', async () => {
    const [one] = [await start(0), await start(1)];
    const call = { tenant: 'main', instance: 'i', id: 1 };
    await expect(askOf(one).countOpen(call)).rejects.toMatchObject({ code: 'store/unavailable' });
    await expect(askOf(one).lend({ of: 0, kind: 'agent', key: 'a', places: 4 })).resolves.toBe(2);
  });

  it('listen to one connection of each, the last that greeted, and know by it whose loan it is', async () => {
    const one = await start(0);
    const hello = { method: 'fellow', of: 1, circle: 'the-circle-of-this-start', generation: 0 };
    const connect = async () => {
      const socket = createConnection(join(folder, 'gateway-1.sock'));
      socket.write(`${JSON.stringify({ ...hello, holds: [] })}\n`);
      await new Promise((resolve) => socket.once('data', resolve));
      return socket;
    };
    const earlier = await connect();
    const ended = new Promise((resolve) => earlier.on('close', resolve));
    const later = await connect();
    await ended;
    const about = { of: 0, kind: 'agent', key: 'a', places: 4 };
    later.write(`${JSON.stringify({ questions: [[1, 'lend', about]] })}\n`);
    await new Promise((resolve) => later.once('data', resolve));
    expect(one.loans).toEqual([1]);
    later.destroy();
  });

  it('do not listen to one of another start, nor to what is no question', async () => {
    const one = await start(0);
    const stranger = await start(1, 2, 'the-circle-of-an-earlier-start');
    await expect(askOf(stranger).useProof(proof('no'))).rejects.toThrow();
    expect(one.asked).toEqual([]);
    for (const words of ['{"questions":[[1,"useProof",{}]]}\n', 'no json\n']) {
      const socket = createConnection(join(folder, 'gateway-1.sock'));
      await new Promise((resolve) => socket.on('connect', resolve));
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(words);
      await closed;
    }
  });
});
