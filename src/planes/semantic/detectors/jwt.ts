import type { Detector } from '../detector.ts';
import type { RunEnds } from '../run-ends.ts';

const start = 'eyJ';
const dot = 46;
const shortestPart = 10;
const shortestSignature = 20;
const headLength = 20;

/** Two parts that begin as JSON objects do, and a signature. */
export const jwt: Detector = {
  name: 'jwt',
  starts: [start],
  find(text, at, runs) {
    if (/[A-Za-z0-9]/.test(text.charAt(at - 1))) return undefined;
    const header = runs.endOf(at);
    if (header - at < shortestPart || !isJoint(text, header)) return undefined;
    if (!beginsAsHeader(text, at)) return undefined;
    const payload = runs.endOf(header + 1);
    if (payload - header < shortestPart || text.charCodeAt(payload) !== dot) return undefined;
    const signature = runs.endOf(payload + 1);
    if (signature - payload <= shortestSignature) return undefined;
    return { from: at, to: signature };
  },
  open: (text, at, runs) => (isOpen(text, at, runs) ? at : undefined),
};

/** The text ends in one of the three parts, or where the next would begin. */
function isOpen(text: string, at: number, runs: RunEnds): boolean {
  if (/[A-Za-z0-9]/.test(text.charAt(at - 1))) return false;
  if (endsIn(text, at, start)) return true;
  if (!text.startsWith(start, at)) return false;
  const header = runs.endOf(at);
  if (text.length - at >= headLength && !beginsAsHeader(text, at)) return false;
  if (header === text.length) return true;
  if (header - at < shortestPart || text.charCodeAt(header) !== dot) return false;
  if (endsIn(text, header + 1, start)) return true;
  if (!isJoint(text, header)) return false;
  const payload = runs.endOf(header + 1);
  if (payload === text.length) return true;
  return text.charCodeAt(payload) === dot && runs.endOf(payload + 1) === text.length;
}

/** Does the text end before the whole of `literal` could stand there? */
function endsIn(text: string, at: number, literal: string): boolean {
  return text.length - at < literal.length && literal.startsWith(text.slice(at));
}

function isJoint(text: string, at: number): boolean {
  return text.charCodeAt(at) === dot && text.startsWith(start, at + 1);
}

/** Only as far as the first member name, so that many beginnings cost little each. */
function beginsAsHeader(text: string, at: number): boolean {
  const head = Buffer.from(text.slice(at, at + headLength), 'base64url').toString('latin1');
  return /^\{"[a-z0-9_]{2,8}"/i.test(head);
}
