/** One fenced block of a page, and where it stands. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [at, line] of page.split('\n').entries()) {
    const fence = /^```(\S*)\s*$/.exec(line)?.[1];
    if (open === undefined) {
      if (fence !== undefined) open = { language: fence, line: at + 2, lines: [] };
    } else if (fence === '') {
      blocks.push({ language: open.language, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`the block at line ${open.line} has no end`);
  return blocks;
}

const notRun = /^# not run by the test of this page: (.+)$/m;

/** What a block says of why it is not run; undefined of one that is. */
export function reasonNotToRun({ text }: Block): string | undefined {
  return notRun.exec(text)?.[1];
}

/** The file that a block is the content of: its first line names it. */
export function fileOf({ text }: Block): string | undefined {
  return /^(?:#|\/\/) ([\w./-]+\.(?:yaml|ts))\n/.exec(text)?.[1];
}

/** What changes from run to run is worth one sign: numbers, times, ids, digests. */
export function shapeOf(printed: string): readonly string[] {
  return printed
    .trim()
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
        .replaceAll(/\b[0-9a-f]{12,64}(?:…|\b)/g, '<digest>')
        .replaceAll(/:\d{2,5}\b/g, ':<port>'),
    );
}
