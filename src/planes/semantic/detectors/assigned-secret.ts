import type { Detector } from '../detector.ts';
import { looksRandom } from '../randomness.ts';

const names =
  /pass(?:word|wd|phrase)|secret(?:[_-]?access)?(?:[_-]?key)?|(?:api|private|access)[_-]?key|(?:access|auth|refresh|api|bearer)[_-]?token/
    .source;
const assigned =
  /[A-Za-z0-9_]{0,24}["'`\\]{0,3}\s{0,3}(?::=|=>|[:=])\s{0,3}["'`\\]{0,3}([A-Za-z0-9+/_~.-]{16,1024}={0,2})/
    .source;

/** Finds where to look; case does not matter, so it is apart from the literal beginnings. */
export const assignmentStart = new RegExp(names, 'gi');

const assignment = new RegExp(`(?:${names})${assigned}`, 'iy');

/** `password = …`, `"api_key": "…"`: a name that says secret and a value that looks drawn. */
export const assignedSecret: Detector = {
  name: 'assigned-secret',
  starts: [],
  find(text, at) {
    assignment.lastIndex = at;
    const match = assignment.exec(text);
    const value = match?.[1];
    if (match === null || value === undefined || !looksRandom(value)) return undefined;
    const to = at + match[0].length;
    // A call is no value: `password = makePassword1A2b3C(`.
    if (text.charCodeAt(to) === 40) return undefined;
    return { from: to - value.length, to };
  },
};

const secretName = new RegExp(`(?:${names})s?$`, 'i');
const wholeValue = /^[A-Za-z0-9+/_~.-]{16,1024}={0,2}$/;

/** The same when a JSON member is the assignment. */
export function isAssignedSecret(name: string, value: string): boolean {
  if (value.length < 16 || value.length > 1_026) return false;
  return secretName.test(name) && wholeValue.test(value) && looksRandom(value);
}
