import { BailiwickError } from '#kernel/errors.ts';

const block = 512;
/** Of one file, in the field of eleven octal digits. */
const mostBytes = 8 ** 11 - 1;

export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** INVARIANT: read to its end before the next entry is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The head of a file in a tar (POSIX ustar), which any tar unpacks. */
export function tarHead(name: string, size: number): Buffer {
  const { prefix, rest } = parted(name);
  if (size > mostBytes) throw tooLarge(name);
  const head = Buffer.alloc(block);
  head.write(rest, 0, 'latin1');
  head.write('0000600\u00000000000\u00000000000\u0000', 100, 'latin1');
  head.write(`${size.toString(8).padStart(11, '0')}\u000000000000000\u0000`, 124, 'latin1');
  head.write('        0', 148, 'latin1');
  head.write('ustar\u000000', 257, 'latin1');
  head.write(prefix, 345, 'latin1');
  head.write(`${sumOf(head).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return head;
}

export const tarPadding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);
export const tarEnd = (): Buffer => Buffer.alloc(2 * block);

/** Of each file its name, size and bytes, as they come. INVARIANT: no more of it is in memory than what was read last. */
export async function* readTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new Source(bytes);
  for (;;) {
    const head = await source.exactly(block);
    if (head.every((byte) => byte === 0)) return;
    const { name, size } = headOf(head);
    yield { name, size, bytes: source.next(size) };
    await source.exactly(tarPadding(size).length);
  }
}

/** INVARIANT: a path below the folder, of plain words: nothing leads out of it, and no name hides another. */
export function isBackupName(name: string): boolean {
  const words = name.split('/');
  return (
    words.length <= 16 && words.every((word) => /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,99}$/u.test(word))
  );
}

function parted(name: string): { readonly prefix: string; readonly rest: string } {
  if (!isBackupName(name)) throw damaged(`\`${name}\` is no name of a file in a backup`);
  if (name.length <= 100) return { prefix: '', rest: name };
  const cut = name.indexOf('/', name.length - 101);
  if (cut < 0 || cut > 155) throw tooLarge(name);
  return { prefix: name.slice(0, cut), rest: name.slice(cut + 1) };
}

function headOf(head: Buffer): { readonly name: string; readonly size: number } {
  const told = Number.parseInt(head.toString('latin1', 148, 154), 8);
  const size = Number.parseInt(head.toString('latin1', 124, 135), 8);
  if (told !== sumOf(head) || head[156] !== 0x30 || !Number.isSafeInteger(size)) {
    throw damaged('what follows is no file of a backup');
  }
  const [prefix, rest] = [textAt(head, 345, 155), textAt(head, 0, 100)];
  const name = prefix === '' ? rest : `${prefix}/${rest}`;
  if (!isBackupName(name)) throw damaged('a file in it has a name that is not taken');
  return { name, size };
}

function textAt(head: Buffer, from: number, length: number): string {
  const [text = ''] = head.toString('latin1', from, from + length).split('\0');
  return text;
}

/** Over the head, in which the sum itself stands as blanks. */
function sumOf(head: Buffer): number {
  return head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

class Source {
  readonly #from: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#from = bytes[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.next(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *next(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) await this.#more();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #more(): Promise<void> {
    const next = await this.#from.next();
    if (next.done === true) throw damaged('it is cut off');
    this.#rest = Buffer.from(next.value);
  }
}

const damaged = (message: string): BailiwickError =>
  new BailiwickError('backup/damaged', { message });
const tooLarge = (name: string): BailiwickError =>
  new BailiwickError('config/unreadable', { message: `\`${name}\` does not fit into a backup` });
