import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lent } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createScrubber } from '#planes/credentials/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { createIntake, type Taken } from './intake.ts';
import { systemTimer } from './streams/timer.ts';

const secret = 'kX9$wq/Zé27-lent-value';
const lent: Lent = { kind: 'header', header: 'x-key', value: secret, secret };
/** In pieces: whole, it would be taken for a secret by who scans this repository. */
const key = ['AK', 'IA', 'ABCDEFGH'.repeat(2)].join('');
const intake = createIntake({
  scrubber: createScrubber(),
  inspector: createInspector(),
  timer: systemTimer,
});

function take(result: JsonObject): Extract<Taken, { kind: 'answer' }> {
  const taken = intake.answer({ kind: 'answer', result, bytes: 1 }, [lent]);
  if (taken.kind !== 'answer') throw new Error(taken.refusal.message);
  return taken;
}

function withBlob(bytes: Uint8Array): JsonObject {
  const blob = Buffer.from(bytes).toString('base64');
  return { contents: [{ uri: 'file:///a', blob }], more: { deep: [{ data: blob }] } };
}

function bytesIn({ result }: { readonly result: JsonObject }): readonly Buffer[] {
  const { contents, more } = result as {
    readonly contents: readonly [{ readonly blob: string }];
    readonly more: { readonly deep: readonly [{ readonly data: string }] };
  };
  return [contents[0].blob, more.deep[0].data].map((text) => Buffer.from(text, 'base64'));
}

describe('a file in what a tool server answers', () => {
  it.each([
    ['as it is', secret],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in base64', Buffer.from(`x${secret}`).toString('base64')],
    ['in a URL', encodeURIComponent(secret)],
    ['as bytes', [...Buffer.from(secret)].join(', ')],
  ])('never carries what was lent, %s in it [CRD-01]', (_how, written) => {
    const taken = take(withBlob(Buffer.from(`key: ${written} end`)));
    expect(taken.redactions).toBeGreaterThan(0);
    for (const bytes of bytesIn(taken)) {
      expect(bytes.toString()).not.toContain(written);
      expect(bytes.toString('latin1')).not.toContain(written.slice(3, 12));
    }
  });

  it('never carries what looks like a secret, and the rest of it stays [SEM-04]', () => {
    const taken = take(withBlob(Buffer.from(`a: 1\nkey: ${key}\nb: ü\n`)));
    for (const bytes of bytesIn(taken)) {
      expect(bytes.toString()).not.toContain(key);
      expect(bytes.toString()).toMatch(/^a: 1\nkey: \[redacted:[^\]]+\]\nb: ü\n$/);
    }
  });

  it('that is no text is looked into all the same, and its other bytes stay', () => {
    const head = Buffer.from([0x89, 0x50, 0xff, 0x00]);
    const whole = Buffer.concat([head, Buffer.from(key), head]);
    for (const bytes of bytesIn(take(withBlob(whole)))) {
      expect(bytes.includes(key)).toBe(false);
      expect(bytes.subarray(0, 4)).toEqual(head);
      expect(bytes.subarray(-4)).toEqual(head);
    }
  });

  it('comes as it was when there is nothing in it', () => {
    assert(
      property(uint8Array({ maxLength: 64 }), (bytes) => {
        const result = withBlob(bytes);
        expect(take(result)).toMatchObject({ result, redactions: 0 });
      }),
    );
    const odd = { contents: [{ blob: 'not base64 at all!' }, { data: 5 }, { blob: null }] };
    expect(take(odd)).toMatchObject({ result: odd, redactions: 0 });
  });
});
