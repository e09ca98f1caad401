import { longestObjectName } from '#contracts/object-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { withoutHiddenCharacters } from '#kernel/text/index.ts';

/**
 * What a text names, by each way of reading it: whole, and without what may be a query or a fragment. None: it names
 * nothing by itself. INVARIANT: spellings that a server could take for one thing give names of which one is the end
 * of the other; too much is one thing, never too little.
 */
export function objectNames(text: string): readonly string[] {
  const plain = folded(text);
  // Of a pattern nobody knows what it means.
  if (plain.includes('*')) return [];
  const before = plain.split(besides, 1)[0] ?? '';
  return [...new Set([plain, before].map(nameOf))].filter((name) => name !== '');
}

/** Whether a server could take two texts for one thing. */
export function areAlike(one: string, other: string): boolean {
  const others = objectNames(other);
  return objectNames(one).some((name) => others.some((another) => endAlike(name, another)));
}

/** Where a name starts from (a root, a host, a drive, a folder that it climbs out of) is the server's to say. */
function endAlike(one: string, other: string): boolean {
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}

const besides = /[?#;]/;
const separators = /[/\\:?#;&=]/;
const mostSegments = 32;
const mostBytes = longestObjectName / 4;

function nameOf(plain: string): string {
  let parts: string[] = [];
  for (const segment of plain.split(separators)) {
    const part = bare(segment);
    // What a link leads to is not known, and so not what lies above it either.
    if (/^\.{2,}$/.test(part)) parts = [];
    else if (part !== '' && part !== '.') parts.push(canonical(part));
  }
  parts = parts.slice(-mostSegments);
  while (parts.length > 1 && Buffer.byteLength(parts.join('/')) > mostBytes) parts.shift();
  const name = parts.join('/');
  return Buffer.byteLength(name) > mostBytes ? sha256Hex(name) : name;
}

/** Escapes and disguises go layer by layer, as some chain of readers may take them off. */
const mostLayers = 4;
const escapes = /%u[0-9a-f]{4}|(?:%[0-9a-f]{2})+/gi;

function folded(text: string): string {
  let plain = text;
  for (let layer = 0; layer < mostLayers; layer += 1) {
    const next = withoutHiddenCharacters(plain.normalize('NFKC').replace(/[\s+]+/gu, ' '))
      .replace(/[\u2044\u2215\u29F8]/g, '/')
      .replace(/[\u2216\u29F5]/g, '\\')
      .replace(escapes, characters);
    if (next === plain) break;
    plain = next;
  }
  return (
    withoutCase(plain)
      // Of a file on Windows: its only stream.
      .replace(/(?::[^:/]{0,64})?:\$data/g, '')
  );
}

/** Some readers end a text at a NUL, as others end it at a `#`. */
function characters(run: string): string {
  if (/^%u/i.test(run)) return String.fromCharCode(Number.parseInt(run.slice(2), 16));
  const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
  const text = bytes.toString('utf8');
  return (text.includes('\uFFFD') ? bytes.toString('latin1') : text).replaceAll('\0', '#');
}

/** Full case folding: letters of several cases, of more than one letter, and of the end of a word. */
function withoutCase(text: string): string {
  return text
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll('i\u0307', 'i')
    .replaceAll('ς', 'σ');
}

const opening = new Set(' {(["\'<');
const closing = new Set(' })]"\'>.');

/** Without what is put around a name, and what Windows drops at its end. */
function bare(segment: string): string {
  let from = 0;
  let to = segment.length;
  while (from < to && opening.has(segment[from] ?? '')) from += 1;
  while (to > from && closing.has(segment[to - 1] ?? '')) to -= 1;
  const rest = segment.slice(from, to);
  // Dots alone are steps.
  return rest === '' && /^[\s.]*$/.test(segment) ? segment.replace(/\s/g, '') : rest;
}

const integer = /^(-?)0*(\d+?)(?:\.0*)?$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function canonical(part: string): string {
  if (uuid.test(part)) return part.replaceAll('-', '');
  const found = integer.exec(part);
  if (found === null) return part;
  const digits = found[2] ?? '';
  return digits === '0' ? digits : `${found[1] ?? ''}${digits}`;
}
