import { describe, expect, it } from 'vitest';
import { serverLines } from '#contracts/server-report.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { createScrubber } from '#planes/credentials/index.ts';
import { createInspector } from '#planes/semantic/index.ts';
import { createIntake } from './intake.ts';
import { Printed } from './printed.ts';
import { systemTimer } from './streams/timer.ts';

const intake = createIntake({
  scrubber: createScrubber(),
  inspector: createInspector(),
  timer: systemTimer,
});
const secret = 'tok-0123456789abcdef';
const lent: Lent = { kind: 'environment', variable: 'KEY', value: secret, secret };

function printing(...chunks: readonly (string | Buffer)[]): Printed {
  const printed = new Printed([lent]);
  for (const chunk of chunks) printed.add(Buffer.from(chunk as string));
  return printed;
}

describe('what a tool server prints beside its answers', () => {
  it('is shown by lines, a last one without an end once its process ended', () => {
    const printed = printing('one\ntw', 'o\r\nthr', 'ee');
    expect(printed.shown(intake).map(({ text }) => text)).toEqual(['one', 'two']);
    printed.end();
    expect(printed.shown(intake).map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(printed.lines).toBe(2);
  });

  it('holds nothing that was lent, also in base64, in a dump or cut by chunks [TOL-05]', () => {
    const encoded = Buffer.from(`user:${secret}`).toString('base64');
    const dump = Buffer.from(secret)
      .toString('hex')
      .replace(/(..)/g, '$1 ')
      .replace(/(.{24})/g, '$1\n');
    const printed = printing(
      'key ',
      secret.slice(0, 7),
      `${secret.slice(7)} !\n`,
      `${encoded}\n`,
      `${dump}\n`,
    );
    const shown = printed
      .shown(intake)
      .map(({ text }) => text)
      .join('\n');
    expect(shown).toContain('key ');
    expect(shown).not.toContain(secret.slice(0, 8));
    expect(shown).not.toContain(encoded.slice(8, 24));
    expect(shown).not.toContain('30 31 32 33');
  });

  it('is not parted by colours, and other control characters are made visible', () => {
    const half = `${secret.slice(0, 9)}\u001b[31m${secret.slice(9)}`;
    const shown = printing(`${half}\n`, '\u001b[2Jgone\u0007\u202e\n')
      .shown(intake)
      .map(({ text }) => text);
    expect(shown.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(shown.join('\n')).not.toContain(secret.slice(9));
    expect(shown[1]).toContain('gone');
  });

  it.each<[string, string]>([
    ['ends of lines', '\n'],
    ['ends of lines of another system', '\r\n'],
    ['blanks after them', '\n      '],
    ['returns of the carriage', '\r'],
    ['titles of windows', '\u001b]0;a title\u0007'],
    ['links', '\u001b]8;;https://a.example\u001b\\'],
    ['titles in one character', '\u009d0;a title\u009c'],
    ['colours in one character', '\u009b31m'],
    ['letters of a terminal', '\u001bPq\u001b\\'],
    ['sets of letters', '\u001b(B'],
    ['steps back', '\u0008'],
    ['blanks without width', '\u200b'],
    ['joiners', '\u2060'],
    ['soft hyphens', '\u00ad'],
    ['marks of order', '\ufeff'],
    ['turns of direction', '\u202e'],
    ['tags', '\u{e0041}'],
    ['selectors of variants', '\ufe0f'],
  ])('hides a secret that is parted by %s, everywhere or once [TOL-05]', (_, mark) => {
    for (const parts of [
      [secret.slice(0, 9), secret.slice(9)],
      [secret.slice(0, 5), secret.slice(5, 12), secret.slice(12)],
      Array.from(secret),
    ]) {
      const shown = printing(`before\n${parts.join(mark)}\nafter\n`)
        .shown(intake)
        .map(({ text }) => text)
        .join('');
      expect(shown).toContain('before');
      expect(shown).toContain('after');
      const bare = shown.replace(/\\u\{[0-9a-f]+\}|\s/g, '');
      for (let at = 0; at + 6 <= secret.length; at += 1) {
        expect(bare).not.toContain(secret.slice(at, at + 6));
      }
    }
  });

  it('is shown line by line where nothing of it is a secret, whatever stands between', () => {
    const shown = printing('\u001b]0;title\u0007one\n  two\r\nthree\u200b\n')
      .shown(intake)
      .map(({ text }) => text);
    expect(shown).toEqual(['one', '  two', 'three\\u{200b}']);
  });

  it('is bounded in lines, their length and bytes, whatever is printed', () => {
    const long = printing(`${'x'.repeat(10_000)}\n`)
      .shown(intake)
      .map(({ text }) => text);
    expect(long[0]?.length).toBe(serverLines.longest);
    for (const odd of ['\u001b', '\u{e0041}', '\u{1f600}', '\u0000']) {
      const [line = ''] = printing(`${'x'.repeat(7)}${odd.repeat(500)}\n`)
        .shown(intake)
        .map(({ text }) => text);
      expect(line.length).toBeLessThanOrEqual(serverLines.longest);
      expect(line.isWellFormed()).toBe(true);
    }
    const lines = Array.from({ length: 1_000 }, (_, at) => `${at}\n`);
    const shown = printing(...lines)
      .shown(intake)
      .map(({ text }) => text);
    expect(shown).toHaveLength(serverLines.most);
    expect(shown.at(-1)).toBe('999');
    const flood = new Printed([]);
    for (let at = 0; at < 2_000; at += 1) flood.add(Buffer.from(`${'y'.repeat(399)}\n`));
    const bytes = flood
      .shown(intake)
      .map(({ text }) => text)
      .join('').length;
    expect(bytes).toBeLessThanOrEqual(serverLines.bytes);
    expect(bytes).toBeGreaterThan(serverLines.bytes / 2);
    expect(flood.lines).toBe(2_000);
  });

  it('hides no half of a secret behind the cut of old text', () => {
    for (let shift = 0; shift < secret.length; shift += 3) {
      const printed = new Printed([lent]);
      const filler = `${'z'.repeat(99)}\n`;
      printed.add(Buffer.from(`${'a'.repeat(shift)}${secret}`));
      printed.add(Buffer.from(filler.repeat(2_000)));
      printed.end();
      expect(
        printed
          .shown(intake)
          .map(({ text }) => text)
          .join('\n'),
      ).not.toContain(secret.slice(-6));
    }
  });
});
