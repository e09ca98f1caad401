import { describe, expect, it } from 'vitest';
import { makeSecondSigner, makeSigner } from '../../test/conformance/tlog-memory-log.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { logVkey, parseNote, parseVkey, secondVkey, vkeyUnder } from './note.ts';

const origin = 'audit.example.com/main/standard/gw';
const checkpoint = { origin, size: 300, root: Buffer.alloc(32, 7) };
const first = makeSigner();

const second = makeSecondSigner();
const log = parseVkey(logVkey(origin, first.publicKey));
const vkey = secondVkey(origin, second.publicKey);
const twice = Buffer.from(signCheckpoint(checkpoint, { ...first, second }));

describe('a checkpoint that is signed once more with ML-DSA-44', () => {
  it('is the same note with one line more, which says its name, its key and no time', () => {
    const once = signCheckpoint(checkpoint, first);
    expect(twice.toString('utf8').startsWith(once)).toBe(true);
    const [, line] = parseNote(twice).signatures;
    expect(line?.name).toBe(origin);
    expect(line?.signature).toHaveLength(8 + 2_420);
    expect(Buffer.from(line?.signature ?? []).subarray(0, 8)).toEqual(Buffer.alloc(8));
    expect(vkey).toMatch(
      new RegExp(`^${origin}\\+${Buffer.from(line?.keyId ?? []).toString('hex')}\\+B[g-v]`, 'u'),
    );
  });

  it('is accepted by whoever knows the first key alone, and held against the second by whoever has it', () => {
    expect(openCheckpoint(twice, { log })).toMatchObject({ size: 300, lacksSecond: false });
    const both = { log, second: [parseVkey(vkey)] };
    expect(openCheckpoint(twice, both)).toMatchObject({ size: 300, lacksSecond: false });
    const once = Buffer.from(signCheckpoint(checkpoint, first));
    expect(openCheckpoint(once, both)).toMatchObject({ lacksSecond: true });
    const stranger = { log, second: [parseVkey(secondVkey(origin, makeSecondSigner().publicKey))] };
    expect(openCheckpoint(twice, stranger)).toMatchObject({ lacksSecond: true });
  });

  it('is worth nothing with a second signature that is wrong, over another size, root, log or name', () => {
    const both = { log, second: [parseVkey(vkey)] };
    const others = [
      { ...checkpoint, size: 299 },
      { ...checkpoint, root: Buffer.alloc(32, 8) },
      { ...checkpoint, origin: `${origin}2` },
    ];
    for (const other of others) {
      const line =
        signCheckpoint(other, { ...first, second })
          .split('\n')
          .at(-2) ?? '';
      const own = line.replace(`${origin}2 `, `${origin} `);
      // Under this log's own name and key id.
      const id = parseVkey(vkey).keyId;
      const bytes = Buffer.from(own.split(' ')[2] ?? '', 'base64');
      const forged = Buffer.concat([id, bytes.subarray(4)]).toString('base64');
      const note = `${signCheckpoint(checkpoint, first)}\u2014 ${origin} ${forged}\n`;
      expect(() => openCheckpoint(Buffer.from(note), both)).toThrow(/signature .* is wrong/u);
    }
    const cut = twice.toString('utf8').replace(/\n$/u, '').slice(0, -8);
    expect(() => openCheckpoint(Buffer.from(`${cut}\n`), both)).toThrow(/wrong|well formed/u);
  });

  it('has a key that vouches for the other logs of its owner, by the length of its kind', () => {
    const other = vkeyUnder('audit.example.com/main/standard/other', vkey);
    expect(parseVkey(other)).toMatchObject({
      kind: 'second',
      name: 'audit.example.com/main/standard/other',
    });
    expect(() => parseVkey(vkey.slice(0, -8))).toThrow(/1313 bytes/u);
  });
});
