import type { Detector } from '../detector.ts';

const start = 'eyJ';
const dot = 46;
const shortestPart = 10;
const shortestSignature = 20;

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
};

function isJoint(text: string, at: number): boolean {
  return text.charCodeAt(at) === dot && text.startsWith(start, at + 1);
}

/** Only as far as the first member name, so that many beginnings cost little each. */
function beginsAsHeader(text: string, at: number): boolean {
  const head = Buffer.from(text.slice(at, at + 20), 'base64url').toString('latin1');
  return /^\{"[a-z0-9_]{2,8}"/i.test(head);
}
