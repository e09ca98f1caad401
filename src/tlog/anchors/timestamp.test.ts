import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  newTimestampAuthority,
  opensslMissing,
  type TimestampAuthority,
} from '../../../test/fakes/timestamping/index.ts';
import { anchorFile, anchorFileOf, anchoredHead } from './anchor-files.ts';
import { encodeTimestampRequest, openTimestamp, readRoots } from './timestamp.ts';

const missing = opensslMissing();
if (missing !== undefined) console.warn(`NOT RUN: timestamps of OpenSSL: ${missing}`);

const folder = mkdtempSync(join(tmpdir(), 'timestamps-'));
const message = Buffer.from('audit.example/main/standard/gw-1\n7\nroot\n');
const nonce = Buffer.from('0011223344556677', 'hex');
const ask = { message, nonce };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(missing === undefined)('a timestamp of RFC 3161', () => {
  let authority: TimestampAuthority;
  let answer: Buffer;
  const trust = () => ({ roots: readRoots(authority.rootPem) });

  beforeAll(() => {
    authority = newTimestampAuthority(join(folder, 'tsa'));
    answer = authority.answer(encodeTimestampRequest(ask));
  });

  it.each(['P-256', 'P-384', 'rsa'])(
    'of an authority with %s is told, with its time [AUD-03]',
    (key) => {
      const other = newTimestampAuthority(join(folder, key), key);
      const bytes = other.answer(encodeTimestampRequest(ask));
      const told = openTimestamp(bytes, ask, { roots: readRoots(other.rootPem) });
      expect(told).toMatchObject({
        by: 'timestamps of tests',
        policy: '1.2.3.4.1',
        isTrusted: true,
      });
      expect(Math.abs(told.at - Date.now())).toBeLessThan(60_000);
      writeFileSync(join(folder, 'data'), message);
      writeFileSync(join(folder, 'tsr'), bytes);
      expect(other.accepts(join(folder, 'tsr'), join(folder, 'data'))).toBe(true);
    },
  );

  it('is nobody’s word where no root leads to it', () => {
    const stranger = newTimestampAuthority(join(folder, 'stranger'));
    const told = openTimestamp(answer, ask, { roots: readRoots(stranger.rootPem) });
    expect(told.isTrusted).toBe(false);
    expect(openTimestamp(answer, ask, { roots: [] }).isTrusted).toBe(false);
  });

  it('is over these bytes, this question and this policy alone', () => {
    const open = (asked: object) => () => openTimestamp(answer, { ...ask, ...asked }, trust());
    expect(open({ message: Buffer.from('other') })).toThrow('other bytes');
    expect(open({ nonce: Buffer.alloc(8) })).toThrow('another question');
    expect(open({ policy: '1.2.3.4.2' })).toThrow('another policy');
    const asked = { ...ask, policy: '1.2.3.4.2' };
    const bytes = authority.answer(encodeTimestampRequest(asked));
    expect(openTimestamp(bytes, asked, trust()).policy).toBe('1.2.3.4.2');
  });

  it('that was not granted is none', () => {
    const refused = authority.answer(encodeTimestampRequest({ ...ask, policy: '1.2.3.4.9' }));
    expect(() => openTimestamp(refused, ask, trust())).toThrow('not granted');
  });

  it('says the same or nothing, whichever byte of it is changed [AUD-03]', () => {
    const honest = openTimestamp(answer, ask, trust());
    let refused = 0;
    for (let at = 0; at < answer.length; at += 1) {
      const edited = Buffer.from(answer);
      edited[at] = (edited[at] ?? 0) ^ (1 << (at % 8));
      try {
        const told = openTimestamp(edited, ask, trust());
        if (told.isTrusted) expect(told).toEqual(honest);
        else refused += 1;
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'audit/proof-invalid' });
        refused += 1;
      }
    }
    // What is left is the copy of the root that it brings along, which counts for nothing.
    expect(refused).toBeGreaterThan(answer.length / 2);
  });

  it('is refused whole when it is cut, lengthened, or not DER', () => {
    const open = (bytes: Uint8Array) => () => openTimestamp(bytes, ask, trust());
    for (const length of [0, 1, 2, 100, answer.length - 1]) {
      expect(open(answer.subarray(0, length))).toThrow();
    }
    expect(open(Buffer.concat([answer, Buffer.of(5, 0)]))).toThrow('one value');
    expect(open(Buffer.from([0x30, 0x80, 0, 0]))).toThrow('DER');
    expect(open(Buffer.alloc(100_000))).toThrow('too large');
  });
});

describe('files of what others noted', () => {
  it('have names that say the size, and no other name is read as one', () => {
    expect(anchorFileOf(anchoredHead(4096))).toEqual({ kind: 'head', size: 4096 });
    const file = anchorFile(7, 'tsa-1', 'timestamp');
    expect(file).toBe('anchors/0000000000000007.tsa-1.tsr');
    expect(anchorFileOf(file)).toEqual({ kind: 'timestamp', size: 7, name: 'tsa-1' });
    for (const other of [`${file}.tmp`, '7.checkpoint', 'anchors/x', '0000000000000007.A.tsr']) {
      expect(anchorFileOf(other)).toBeUndefined();
    }
  });
});
