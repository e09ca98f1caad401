import { serverLines } from '#contracts/server-report.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { randomBytesFromPool } from '#kernel/ids.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { Intake } from './intake.ts';

/** So much is kept as it came; what is shown is less, so that a cut hides no half of a secret. */
const keptBytes = 4 * serverLines.bytes;
/** Where older text was cut off, so much behind the cut is not shown: it may be half of a secret. */
const cutMargin = serverLines.bytes;
const newline = 10;
/**
 * What a terminal does not show as it stands: colours and cursors, titles and links (up to their end, the
 * end of the line or another sequence), other escapes. Nobody means them here, and a secret may be parted
 * by them.
 */
const terminalSequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-Z\\`-~]/g;
/** Ends of lines with the blanks around them, controls, and marks that nobody sees. */
const parting = /\s*[\r\n]\s*|[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const runTogether = '(run together: a secret was parted by ends of lines or unseen marks)';

/** A line, and where it stands among all that its process printed. */
export interface PrintedLine {
  readonly place: string;
  readonly text: string;
}

/** What one process printed beside its answers: its last text, bounded. */
export class Printed {
  readonly #lent: readonly Lent[];
  readonly #name = randomBytesFromPool(6).toString('hex');
  #kept: Buffer[] = [];
  #bytes = 0;
  #isCut = false;
  #lines = 0;
  #ended = false;

  constructor(lent: readonly Lent[]) {
    this.#lent = lent;
  }

  get lines(): number {
    return this.#lines;
  }

  add(bytes: Buffer): void {
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) {
      this.#lines += 1;
    }
    // Copied: what is kept must not hold the whole chunk that it came in.
    const kept = Buffer.from(bytes.subarray(Math.max(0, bytes.length - keptBytes)));
    if (kept.length < bytes.length) this.#isCut = true;
    this.#kept.push(kept);
    this.#bytes += kept.length;
    if (this.#bytes > 2 * keptBytes) this.#shorten();
  }

  begin(): void {
    this.#ended = false;
  }

  /** Nothing more comes: a last line without an end is one. */
  end(): void {
    this.#ended = true;
  }

  #shorten(): void {
    const whole = Buffer.concat(this.#kept);
    this.#kept = [Buffer.from(whole.subarray(whole.length - keptBytes))];
    this.#bytes = keptBytes;
    this.#isCut = true;
  }

  /**
   * The last lines. INVARIANT: cleaned whole, as results are, before anything is cut; then made visible.
   * A line that is not whole yet is not shown, nor what stands right behind a cut.
   */
  shown(intake: Pick<Intake, 'printed'>): readonly PrintedLine[] {
    const text = Buffer.concat(this.#kept).toString('utf8').replace(terminalSequences, '');
    const whole = this.#ended ? text : text.slice(0, text.lastIndexOf('\n') + 1);
    const cleaned = intake.printed(whole, this.#lent);
    const parted = cleaned.replace(parting, '');
    const joined = intake.printed(parted, this.#lent);
    const isOpen = this.#ended && text.at(-1) !== '\n';
    const total = this.#lines + (isOpen ? 1 : 0);
    // INVARIANT: what is a secret only without what parts it is shown without that, or not at all.
    return lastOf(
      joined === parted ? this.#linesOf(cleaned, total) : this.#piecesOf(joined, total),
    );
  }

  #linesOf(cleaned: string, total: number): PrintedLine[] {
    const lines = this.#sure(cleaned).split(/\r?\n/);
    if (this.#isCut) lines.shift();
    if (lines.at(-1) === '') lines.pop();
    return lines.map((line, at) => ({
      // From the end: what was cut off or masked is before it.
      place: `${this.#name}:${total - lines.length + at + 1}`,
      text: shortened(line, serverLines.longest),
    }));
  }

  #piecesOf(joined: string, total: number): PrintedLine[] {
    const pieces = [runTogether, ...(this.#sure(joined).match(pieceOfLine) ?? [])];
    return pieces.map((piece, at) => ({
      place: `${this.#name}:${total}.${at}`,
      text: shortened(piece, serverLines.longest),
    }));
  }

  /** Right behind a cut may be half of a secret. */
  #sure(cleaned: string): string {
    return this.#isCut ? cleaned.slice(cutMargin) : cleaned;
  }
}

const pieceOfLine = new RegExp(`[^]{1,${serverLines.longest}}`, 'gu');

/** Visible first, because what is made visible is longer; never half of a character. */
export function shortened(text: string, longest: number): string {
  const visible = visibleText(text, { maxLength: longest });
  if (visible.length <= longest) return visible;
  return `${visible.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The last of them, within the bounds of a report. */
export function lastOf(lines: readonly PrintedLine[]): readonly PrintedLine[] {
  let bytes = 0;
  let from = lines.length;
  while (from > 0 && lines.length - from < serverLines.most) {
    bytes += Buffer.byteLength(lines[from - 1]?.text ?? '');
    if (bytes > serverLines.bytes) break;
    from -= 1;
  }
  return lines.slice(from);
}
