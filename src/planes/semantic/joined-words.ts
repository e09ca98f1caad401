const longest = 128;

/**
 * Words that are joined, as names are (`send_mail`, `mail.send`, `sendMail`), one after the other until nobody wants
 * more. Prose has few of them. By hand and not by a pattern: each untrusted result passes here, and this is five times
 * as fast.
 */
export function joinedWords(text: string, wants: (word: string) => boolean): void {
  let start = -1;
  let isJoined = false;
  let before = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 0;
    if (isOfName(code)) {
      if (start < 0) start = at;
      else if (isJoint(before) || (isUpper(code) && isSmall(before))) isJoined = true;
    } else if (start >= 0) {
      const isName = isJoined && isLetter(text.charCodeAt(start));
      if (isName && !wants(text.slice(start, Math.min(at, start + longest)))) return;
      start = -1;
      isJoined = false;
    }
    before = code;
  }
}

const isUpper = (code: number): boolean => code >= 65 && code <= 90;
const isLower = (code: number): boolean => code >= 97 && code <= 122;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => isLower(code) || isUpper(code);
const isSmall = (code: number): boolean => isLower(code) || isDigit(code);
/** `-`, `.` and `_`. */
const isJoint = (code: number): boolean => code === 45 || code === 46 || code === 95;
const isOfName = (code: number): boolean => isLetter(code) || isDigit(code) || isJoint(code);
