/**
 * JSON, a member a line. INVARIANT: by its text alone, so that nothing of it changes but the space between: a
 * reader that made values of it would round numbers and drop the first of two members of one name.
 */
export function indented(text: string): string {
  const pieces = text.match(/"(?:[^"\\]|\\[^])*"?|[{}[\],:]|\s+|[^"{}[\],:\s]+/g) ?? [];
  const solid = pieces.filter((piece) => piece.trim() !== '');
  let depth = 0;
  let told = '';
  for (const [at, piece] of solid.entries()) {
    const isOpening = piece === '{' || piece === '[';
    const isClosing = piece === '}' || piece === ']';
    const isEmpty = isClosing && /^[{[]$/.test(solid[at - 1] ?? '');
    if (isClosing) depth = Math.max(0, depth - 1);
    if (isClosing && !isEmpty) told += line(depth);
    told += piece;
    if (isOpening) depth += 1;
    const isNextClosing = /^[}\]]$/.test(solid[at + 1] ?? '');
    if (piece === ',' || (isOpening && !isNextClosing)) told += line(depth);
    if (piece === ':') told += ' ';
  }
  return told;
}

const line = (depth: number) => `\n${'  '.repeat(Math.min(depth, 24))}`;
