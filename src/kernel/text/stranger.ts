import { visibleText } from './index.ts';

const shownLength = 500;
/** More than this is not even looked at: cleaning must stay cheap. */
const readLength = 4_000;

const stackLine = /\n[ \t]*at\s[^\n]*/g;
const pythonTrace = /Traceback \(most recent call last\)[\s\S]*/;
const unixPath = /(?<![\w/.])(?:file:\/\/)?\/(?:[\w.@+~-]+\/)+[\w.@+~-]*(?::\d+){0,2}/g;
const windowsPath = /(?<!\w)[A-Za-z]:\\[^\s"'<>|]*/g;

/**
 * Text of a stranger, made safe to show: no stack, no path of its machine, nothing hidden, short.
 * INVARIANT: what must not be told is taken out before this, because it cuts.
 */
export function strangerText(text: string): string {
  const bare = text
    .slice(0, readLength)
    .replace(pythonTrace, '')
    .replace(stackLine, '')
    .replace(unixPath, '[path]')
    .replace(windowsPath, '[path]')
    .trim();
  return visibleText(bare, { maxLength: shownLength - 1 }).slice(0, shownLength);
}
