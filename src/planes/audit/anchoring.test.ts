import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outbound, OutboundAsk } from '#contracts/outbound.ts';
import { ManualClock } from '#kernel/time.ts';
import { anchorFileOf } from '#tlog/anchors/index.ts';
import { logVkey } from '#tlog/index.ts';
import { anchorItem } from '../../api/anchor-item.ts';
import { makeSigner, MemoryLog, numbered } from '../../../test/conformance/tlog-memory-log.ts';
import {
  newTimestampAuthority,
  opensslMissing,
  type TimestampAuthority,
} from '../../../test/fakes/timestamping/index.ts';
import { newRekor, type Rekor } from '../../../test/fakes/rekor/index.ts';
import { parseAnchorPolicy } from './anchor-policy.ts';
import { createAnchoring, type LogToAnchor } from './anchoring.ts';

const missing = opensslMissing();
if (missing !== undefined) console.warn(`NOT RUN: heads noted by OpenSSL: ${missing}`);

const folder = mkdtempSync(join(tmpdir(), 'anchoring-'));
const signer = makeSigner();
const origin = 'audit.example.com/main/standard/gw-1';
const minute = 60_000;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class GrowingLog implements LogToAnchor {
  readonly tenant = 'main';
  readonly vkey = logVkey(origin, signer.publicKey);
  readonly #log = new MemoryLog();

  grow(count: number): void {
    this.#log.append(...numbered(count)).publish(origin, signer);
  }

  get files(): Map<string, Uint8Array> {
    return this.#log.files;
  }

  read = (path: string) => this.files.get(path);
  keep = (file: string, bytes: Uint8Array) => {
    this.files.set(file, bytes);
    return Promise.resolve();
  };
  anchors = () =>
    [...this.files.keys()]
      .filter((name) => name.startsWith('anchors/') && anchorFileOf(name) !== undefined)
      .map((name) => name.slice('anchors/'.length))
      .sort();
}

describe.runIf(missing === undefined)('heads that others outside note', () => {
  let authority: TimestampAuthority;
  let stranger: TimestampAuthority;
  beforeAll(() => {
    authority = newTimestampAuthority(join(folder, 'tsa'));
    stranger = newTimestampAuthority(join(folder, 'stranger'));
  });

  class World implements Outbound {
    readonly clock = new ManualClock(Date.now());
    readonly log = new GrowingLog();
    readonly asked: OutboundAsk[] = [];
    /** What comes instead of what the authority says. */
    instead: ((query: Uint8Array) => Uint8Array) | undefined;
    anchoring = this.open();

    open() {
      const text = 'every 30\ntimestamp tsa http://127.0.0.1:1/tsr root.pem';
      return createAnchoring({
        policy: parseAnchorPolicy(text, () => authority.rootPem),
        logs: () => [this.log],
        outbound: this,
        clock: this.clock,
      });
    }

    fetch(ask: OutboundAsk) {
      this.asked.push(ask);
      const query = Buffer.from(ask.body ?? '');
      const body = Buffer.from(this.instead?.(query) ?? authority.answer(query));
      return Promise.resolve({ status: 200, type: '', body, maxAge: undefined });
    }

    item = () => anchorItem(this.anchoring.health(), 'main', true);
  }

  it('stand beside the log, and others are asked again after a while, when there is more [AUD-03]', async () => {
    const world = new World();
    expect(world.item()).toMatchObject({ state: 'amber' });
    world.log.grow(5);
    await world.anchoring.look();
    expect(world.log.anchors()).toEqual([
      '0000000000000005.checkpoint',
      '0000000000000005.tsa.tsr',
    ]);
    expect(world.item()).toMatchObject({ state: 'green' });
    world.log.grow(5);
    world.clock.advance(29 * minute);
    await world.anchoring.look();
    expect(world.asked).toHaveLength(1);
    world.clock.advance(2 * minute);
    await world.anchoring.look();
    await world.anchoring.look();
    expect(world.asked).toHaveLength(2);
    expect(world.log.anchors()).toContain('0000000000000010.tsa.tsr');
  });

  it('are remembered by the next life, which asks no sooner', async () => {
    const world = new World();
    world.log.grow(5);
    await world.anchoring.look();
    world.log.grow(5);
    world.anchoring = world.open();
    await world.anchoring.look();
    expect(world.asked).toHaveLength(1);
    expect(world.anchoring.health().logs).toMatchObject([{ size: 10, anchoredTo: 5 }]);
  });

  it('count for nothing when they were damaged, and are asked for again', async () => {
    const world = new World();
    world.log.grow(5);
    await world.anchoring.look();
    world.log.files.set('anchors/0000000000000005.tsa.tsr', Buffer.from('damaged'));
    world.anchoring = world.open();
    await world.anchoring.look();
    expect(world.asked).toHaveLength(2);
    expect(world.item()).toMatchObject({ state: 'green' });
  });

  it('are not kept, and it is said in red, when the answer is a lie', async () => {
    const world = new World();
    world.log.grow(5);
    const earlier: Uint8Array[] = [];
    for (const lie of [
      (query: Uint8Array) => stranger.answer(query),
      () => Buffer.from('<html>'),
      (query: Uint8Array) => authority.answer(query).subarray(1),
      // What it said to another question.
      () => earlier[0] ?? Buffer.alloc(0),
    ]) {
      world.instead = lie;
      await world.anchoring.look();
      expect(world.log.anchors()).toEqual([]);
      expect(world.item()).toMatchObject({ state: 'red' });
      earlier.push(authority.answer(Buffer.from(world.asked[0]?.body ?? '')));
      world.clock.advance(16 * minute);
    }
    world.instead = undefined;
    await world.anchoring.look();
    expect(world.item()).not.toMatchObject({ state: 'red' });
  });

  it('are asked for less and less often while nobody answers', async () => {
    const world = new World();
    world.log.grow(5);
    world.instead = () => {
      throw new Error('nobody there');
    };
    for (let at = 0; at < 60; at += 1) {
      await world.anchoring.look();
      world.clock.advance(minute / 2);
    }
    expect(world.asked.length).toBeLessThan(8);
    expect(world.asked.length).toBeGreaterThan(4);
    expect(world.item()).toMatchObject({ state: 'red', why: 'tsa: nobody there' });
  });

  it('say by how much the clock here is off [D-15]', async () => {
    const world = new World();
    world.clock.advance(-10 * minute);
    world.log.grow(5);
    await world.anchoring.look();
    const item = world.item();
    expect(item).toMatchObject({ state: 'amber' });
    expect(item?.why).toMatch(/differ by (?:599|600|601|602) s/u);
  });

  it('are told to a tenant for their own logs alone', async () => {
    const world = new World();
    world.log.grow(5);
    await world.anchoring.look();
    const other = anchorItem(world.anchoring.health(), 'other', false);
    expect(other?.why).not.toContain(origin);
  });
});

describe('heads that a log as Rekor v2 notes', () => {
  const rekor = newRekor('rekor.example');
  class World implements Outbound {
    readonly clock = new ManualClock();
    readonly log = new GrowingLog();
    readonly asked: OutboundAsk[] = [];
    by: Rekor = rekor;
    anchoring = this.open();

    open() {
      return createAnchoring({
        policy: parseAnchorPolicy(`rekor rk http://127.0.0.1:1 ${rekor.vkey}`, () => ''),
        logs: () => [this.log],
        outbound: this,
        clock: this.clock,
      });
    }

    fetch(ask: OutboundAsk) {
      this.asked.push(ask);
      const body = this.by.add(Buffer.from(ask.body ?? '').toString());
      return Promise.resolve({ status: 201, type: '', body, maxAge: undefined });
    }

    item = () => anchorItem(this.anchoring.health(), 'main', true);
  }

  it('stand beside the log, once their place in it is proved, and the next life knows them [SYS-041]', async () => {
    const world = new World();
    world.log.grow(5);
    await world.anchoring.look();
    expect(world.asked).toMatchObject([{ url: 'http://127.0.0.1:1/api/v2/log/entries' }]);
    expect(world.log.anchors()).toEqual([
      '0000000000000005.checkpoint',
      '0000000000000005.rk.rekor.json',
    ]);
    expect(world.item()).toMatchObject({ state: 'green' });
    world.anchoring = world.open();
    await world.anchoring.look();
    expect(world.asked).toHaveLength(1);
    expect(world.item()?.why).toContain(`${origin} to 5 by rk`);
  });

  it('are not kept, and it is said in red, when another log answers [SYS-041]', async () => {
    const world = new World();
    world.by = newRekor('rekor.example');
    world.log.grow(5);
    await world.anchoring.look();
    expect(world.log.anchors()).toEqual([]);
    expect(world.item()).toMatchObject({ state: 'red' });
  });
});

describe('the file that says who notes heads', () => {
  const read = (text: string) => () => parseAnchorPolicy(text, () => 'no certificate');
  it.each([
    ['', 'names nobody'],
    ['every 5', 'names nobody'],
    ['every 0', 'minutes'],
    ['every 5\nevery 6', 'twice'],
    ['stamp x', 'not understood'],
    ['timestamp UP https://tsa.example/ r.pem', 'a-z'],
    ['timestamp tsa tsa.example r.pem', 'a-z'],
    ['timestamp tsa https://tsa.example/ r.pem not-a-policy', 'a-z'],
    ['timestamp tsa https://tsa.example/ r.pem', 'no certificate'],
    ['rekor rk https://rekor.example/ not-a-key', 'Ed25519'],
  ])('is refused whole: %j', (text, why) => {
    expect(read(text)).toThrow(why);
  });
});
