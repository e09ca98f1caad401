export interface VisibleOptions {
  readonly maxLength?: number;
  /** Line breaks and tabs stay; without it they become visible too. */
  readonly multiline?: boolean;
}

// Controls, soft hyphen, Arabic letter mark, zero width and bidi controls, line separators,
// variation selectors, byte order mark, interlinear marks, tag characters, lone surrogates.
const hidden =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/**
 * The one renderer of text that somebody else wrote. INVARIANT: what comes out holds no character
 * that moves the cursor, hides, reorders or joins what a person reads.
 */
export function visibleText(text: string, options: VisibleOptions = {}): string {
  const max = options.maxLength ?? 10_000;
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut.replace(hidden, (character) => {
    if (options.multiline === true && (character === '\n' || character === '\t')) return character;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
