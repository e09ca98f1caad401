import { BailiwickError } from '#kernel/errors.ts';
import { nearest } from '#kernel/text/index.ts';
import { type Interval, intervals } from './periods.ts';
import { reports } from './reports.ts';

export interface EvidencePack {
  readonly name: string;
  readonly every: Interval;
  readonly folder: string;
  /** Names of reports. */
  readonly of: readonly string[];
}

export interface EvidencePolicy {
  readonly packs: readonly EvidencePack[];
}

export const noEvidence: EvidencePolicy = { packs: [] };

const mostPacks = 16;
const mostBytes = 16 * 1024;

/** Reads `pack NAME daily|weekly|monthly FOLDER REPORT…` lines. INVARIANT: a line that is not understood is an error. */
export function parseEvidencePolicy(
  text: string,
  pathOf: (folder: string) => string,
): EvidencePolicy {
  if (Buffer.byteLength(text) > mostBytes) throw wrong(0, `it has more than ${mostBytes} bytes`);
  const packs = new Map<string, EvidencePack>();
  for (const [at, line] of text.split('\n').entries()) {
    const [word = '', ...rest] = line.trim().split(/\s+/u);
    if (word === '' || word.startsWith('#')) continue;
    if (word !== 'pack') throw wrong(at, `\`${word.slice(0, 64)}\` is not understood`);
    const pack = packOf(rest, at, pathOf);
    if (packs.has(pack.name)) throw wrong(at, `\`${pack.name}\` is named twice`);
    packs.set(pack.name, pack);
  }
  if (packs.size === 0) throw wrong(0, 'it names no pack');
  if (packs.size > mostPacks) throw wrong(0, `it names more than ${mostPacks} packs`);
  return { packs: [...packs.values()] };
}

function packOf(
  [name = '', interval = '', folder = '', ...of]: readonly string[],
  at: number,
  pathOf: (folder: string) => string,
): EvidencePack {
  const every = intervals.find((one) => one === interval);
  if (!/^[a-z][a-z0-9-]{0,63}$/u.test(name) || every === undefined || of.length === 0) {
    throw wrong(
      at,
      'a pack is `pack NAME daily|weekly|monthly FOLDER REPORT…`, NAME of a-z, 0-9 and -',
    );
  }
  const names = Object.keys(reports);
  for (const one of of) {
    if (Object.hasOwn(reports, one)) continue;
    const meant = nearest(one, names);
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
    throw wrong(
      at,
      `there is no report \`${one.slice(0, 64)}\`${hint} It is one of: ${names.join(', ')}`,
    );
  }
  return { name, every, folder: pathOf(folder), of: [...new Set(of)].sort() };
}

function wrong(at: number, why: string): BailiwickError {
  return new BailiwickError('config/unreadable', {
    message: `line ${at + 1} of the evidence: ${why}`,
    suggestedAction: 'write it as docs/audit.md says, or start without it',
  });
}
