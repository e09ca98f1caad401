import { describe, expect, it } from 'vitest';
import { makeSigner, MemoryLog, numbered } from '../../test/conformance/tlog-memory-log.ts';
import { openCheckpoint, parseCheckpointText, signCheckpoint } from './checkpoint.ts';
import { emptyRoot } from './hash.ts';
import {
  cosignatureLine,
  logVkey,
  parseNote,
  parseVkey,
  signNote,
  verifyNote,
  witnessVkey,
} from './note.ts';
import { encodeProofFile, parseProofFile, verifyProofFile } from './proof-file.ts';
import { inclusionProof } from './proof.ts';
import { TileTree } from './tree.ts';

const origin = 'audit.example.com/main/standard/gw-1';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('signed notes', () => {
  it('verifies the worked example of the Go note package', () => {
    const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const note =
      'If you think cryptography is the answer to your problem,\n' +
      "then you don't know what your problem is.\n" +
      '\n' +
      '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
    const verifier = parseVkey(vkey);
    expect(verifyNote(parseNote(bytes(note)), [verifier])).toEqual([verifier]);
    expect(() =>
      verifyNote(parseNote(bytes(note.replace('answer', 'Answer'))), [verifier]),
    ).toThrow(/wrong/u);
  });

  it('ignores signatures of keys that it does not know', () => {
    const signer = makeSigner();
    const stranger = parseVkey(logVkey(origin, makeSigner().publicKey));
    const note = parseNote(bytes(signNote('hello\n', origin, signer)));
    expect(verifyNote(note, [stranger])).toEqual([]);
  });

  it.each([
    ['control character', 'a\tb\n\n\u2014 n AAAAAAA=\n'],
    ['no signature', 'hello\n'],
    ['no final newline', 'a\n\n\u2014 n AAAAAAA='],
    ['loose base64', 'a\n\n\u2014 n AAAAAAB=\n'],
    ['wrong dash', 'a\n\n- n AAAAAAA=\n'],
    ['short signature', 'a\n\n\u2014 n AAAAAA==\n'],
  ])('refuses a note with %s', (_what, note) => {
    expect(() => parseNote(bytes(note))).toThrow();
  });

  it('refuses a verifier key whose id, type or length is wrong', () => {
    const vkey = logVkey(origin, makeSigner().publicKey);
    const [name = '', id = '', key = ''] = vkey.split('+');
    expect(parseVkey(vkey).name).toBe(origin);
    expect(() => parseVkey(`${name}+${id === '00000000' ? '1' : '0'}0000000+${key}`)).toThrow();
    expect(() => parseVkey(`other+${id}+${key}`)).toThrow();
    expect(() => parseVkey(`${name}+${id}+AA==`)).toThrow();
    expect(() => logVkey('with space', makeSigner().publicKey)).toThrow();
  });
});

describe('checkpoints', () => {
  const signer = makeSigner();
  const log = parseVkey(logVkey(origin, signer.publicKey));
  const note = signCheckpoint({ origin, size: 0, root: emptyRoot }, signer);

  it('opens what the log signed and names the witnesses that cosigned it', () => {
    const witness = { name: 'witness.example/w1', ...makeSigner() };
    const known = parseVkey(witnessVkey(witness.name, witness.publicKey));
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const cosigned = bytes(note + cosignatureLine(text, witness, 1_790_000_000));
    expect(openCheckpoint(cosigned, { log, witnesses: [known] })).toMatchObject({
      origin,
      size: 0,
      witnesses: [witness.name],
    });
    expect(openCheckpoint(cosigned, { log }).witnesses).toEqual([]);
  });

  it('refuses one that another key or another origin signed', () => {
    const other = makeSigner();
    const foreign = signCheckpoint({ origin, size: 0, root: emptyRoot }, other);
    expect(() => openCheckpoint(bytes(foreign), { log })).toThrow(/not signed/u);
    const renamed = signNote(
      `elsewhere\n0\n${Buffer.from(emptyRoot).toString('base64')}\n`,
      origin,
      signer,
    );
    expect(() => openCheckpoint(bytes(renamed), { log })).toThrow(/not of/u);
  });

  it('refuses every flipped byte', () => {
    const good = bytes(note);
    const survivors = Array.from(good.keys()).filter((i) => {
      const bad = Uint8Array.from(good);
      bad[i] = (bad[i] ?? 0) ^ 1;
      try {
        openCheckpoint(bad, { log });
        return true;
      } catch {
        return false;
      }
    });
    expect(survivors).toEqual([]);
  });

  it.each(['a\n01\nAAAA\n', 'a\n-1\n', '\n1\n', 'a\n1\nAAAA\n', 'a\n9007199254740993\nAAAA\n'])(
    'refuses the malformed text %j',
    (text) => {
      expect(() => parseCheckpointText(text)).toThrow(/not well formed/u);
    },
  );
});

describe('proof files', () => {
  const signer = makeSigner();
  const trust = { log: parseVkey(logVkey(origin, signer.publicKey)) };
  const log = new MemoryLog().append(...numbered(600)).publish(origin, signer);
  const checkpoint = log.read('checkpoint') ?? new Uint8Array();
  const make = (index: number, extra?: Uint8Array): Uint8Array =>
    encodeProofFile({
      index,
      hashes: inclusionProof(new TileTree(log.read, 600), index),
      checkpoint,
      ...(extra === undefined ? {} : { extra }),
    });
  const entry = (index: number): Uint8Array => log.entries[index] ?? new Uint8Array();

  it('verifies an entry offline and survives being written and read', () => {
    const file = make(299, bytes('context'));
    expect(verifyProofFile(file, entry(299), trust)).toMatchObject({ index: 299, size: 600 });
    expect(Buffer.from(encodeProofFile(parseProofFile(file))).equals(file)).toBe(true);
    expect(
      Buffer.from(file)
        .toString('utf8')
        .startsWith('c2sp.org/tlog-proof@v1\nextra Y29udGV4dA==\nindex 299\n'),
    ).toBe(true);
  });

  it('of which one byte of the entry was flipped is told as `audit/proof-invalid`', () => {
    const flipped = Uint8Array.from(entry(299), (byte, at) => (at === 0 ? byte ^ 1 : byte));
    expect(() => verifyProofFile(make(299), flipped, trust)).toThrow(
      expect.objectContaining({ code: 'audit/proof-invalid' }),
    );
  });

  it('verifies the only entry of a log, whose proof has no hashes', () => {
    const single = new MemoryLog().append(bytes('{}')).publish(origin, signer);
    const file = encodeProofFile({
      index: 0,
      hashes: [],
      checkpoint: single.read('checkpoint') ?? bytes(''),
    });
    expect(verifyProofFile(file, bytes('{}'), trust).size).toBe(1);
  });

  it('refuses another entry, another key, and every flipped byte [AUD-22]', () => {
    const file = make(299);
    expect(() => verifyProofFile(file, entry(300), trust)).toThrow(/not entry 299/u);
    const stranger = { log: parseVkey(logVkey(origin, makeSigner().publicKey)) };
    expect(() => verifyProofFile(file, entry(299), stranger)).toThrow(/not signed/u);
    const survivors = Array.from(file.keys()).filter((i) => {
      const bad = Uint8Array.from(file);
      bad[i] = (bad[i] ?? 0) ^ 1;
      try {
        verifyProofFile(bad, entry(299), trust);
        return true;
      } catch {
        return false;
      }
    });
    expect(survivors).toEqual([]);
  });
});
