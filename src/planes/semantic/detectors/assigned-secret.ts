import { openPattern } from '#kernel/text/open-pattern.ts';
import { type Detector, matchesAt } from '../detector.ts';
import { looksRandom } from '../randomness.ts';

const names =
  /pass(?:word|wd|phrase)|secret(?:[_-]?access)?(?:[_-]?key)?|(?:api|private|access)[_-]?key|(?:access|auth|refresh|api|bearer)[_-]?token/
    .source;
const upToValue = /[A-Za-z0-9_]{0,24}["'`\\]{0,3}\s{0,3}(?::=|=>|[:=])\s{0,3}["'`\\]{0,3}/.source;
const assigned = `${upToValue}([A-Za-z0-9+/_~.-]{16,1024}={0,2})`;

/** Finds where to look; case does not matter, so it is apart from the literal beginnings. */
export const assignmentStart = new RegExp(names, 'gi');
export const longestAssignmentStart = 'secret_access_key'.length;
/** First characters of the names. */
export const assignmentCodes = new Set(Buffer.from('abprsABPRS'));

const assignment = new RegExp(`(?:${names})${assigned}`, 'iy');
const openAssignment = openPattern(assignment);
const beforeValue = new RegExp(`(?:${names})${upToValue}`, 'iy');

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
  open(text, at) {
    if (!matchesAt(openAssignment, text, at)) return undefined;
    // Only the value is taken out: nothing waits before it begins.
    return matchesAt(beforeValue, text, at) ? beforeValue.lastIndex : text.length;
  },
};

const secretName = new RegExp(`(?:${names})s?$`, 'i');
const wholeValue = /^[A-Za-z0-9+/_~.-]{16,1024}={0,2}$/;

/** The same when a JSON member is the assignment. */
export function isAssignedSecret(name: string, value: string): boolean {
  if (value.length < 16 || value.length > 1_026) return false;
  return secretName.test(name) && wholeValue.test(value) && looksRandom(value);
}
