import { openPattern } from '#kernel/text/open-pattern.ts';
import { type Detector, type Found, matchesAt } from '../detector.ts';

const head = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const tail = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const openHead = openPattern(head);
const openTail = openPattern(tail);
const longestBody = 16_384;
const shortestBody = 40;
const dash = 45;

/** PEM, also with its line ends escaped. A mere mention of the first line is no key. */
export const privateKey: Detector = {
  name: 'private-key',
  starts: ['-----BEGIN '],
  find(text, at, runs) {
    head.lastIndex = at;
    const match = head.exec(text);
    if (match === null) return undefined;
    const from = at + match[0].length;
    const end = bodyEnd(text, from);
    // Whatever follows, the next search starts behind this body: each is read once.
    runs.steps += end - from;
    return hasKey(text.slice(from, end)) ? { from: at, to: tailEnd(text, end) } : undefined;
  },
  open(text, at) {
    if (matchesAt(openHead, text, at)) return at;
    head.lastIndex = at;
    const match = head.exec(text);
    if (match === null) return undefined;
    const end = bodyEnd(text, at + match[0].length);
    // At the end of the text a last line may begin as well.
    return matchesAt(openTail, text, end) ? at : undefined;
  },
};

/** Up to the next dashes, to what no PEM file has, or to as much as a key can be. */
function bodyEnd(text: string, from: number): number {
  const last = Math.min(text.length, from + longestBody);
  let end = from;
  while (end < last) {
    const code = text.charCodeAt(end);
    if (!isPemCode(code) || (code === dash && text.startsWith('-----', end))) break;
    end += 1;
  }
  return end;
}

function isPemCode(code: number): boolean {
  if (code >= 97 && code <= 122) return true;
  if (code >= 64 && code <= 90) return true;
  // + , - . / digits : then = and the characters of escaped and true line ends.
  if (code >= 43 && code <= 58) return true;
  return code === 61 || code === 92 || code === 10 || code === 13 || code === 32 || code === 9;
}

/** A key is one long base64 text, broken by line ends only; prose has spaces. */
function hasKey(body: string): boolean {
  const joined = body.replace(/\\[rnt]|[\r\n\t]/g, '');
  return joined
    .split(' ')
    .some((part) => part.length >= shortestBody && /^[\w+/=:.,-]*$/.test(part));
}

function tailEnd(text: string, end: number): Found['to'] {
  tail.lastIndex = end;
  return end + (tail.exec(text)?.[0].length ?? 0);
}
