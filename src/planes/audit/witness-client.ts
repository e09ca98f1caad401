import type { Outbound, OutboundAnswer } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import {
  consistencyProof,
  encodeAddCheckpoint,
  type NoteVerifier,
  type OpenedCheckpoint,
  parseNote,
  parseVkey,
  type ReadLogFile,
  TileTree,
  verifyConsistency,
  verifyNote,
} from '#tlog/index.ts';
import type { WitnessPlace } from './witness-policy.ts';

/** What came of asking one witness for one head. */
export type WitnessWord =
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** It remembers more of this log than we have. */
  | { readonly kind: 'ahead'; readonly size: number }
  /** It remembers another history. */
  | { readonly kind: 'contradicts'; readonly size: number }
  /** It does not know this log, or its key. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It answered, but nothing that says what it remembers; of other logs it may say it. */
  | { readonly kind: 'unclear'; readonly why: string }
  /** Nobody could be asked: what is here of this log does not hold. */
  | { readonly kind: 'damaged'; readonly why: string }
  /** Nothing came over the wire, and only that: whoever is away is not asked for the next log. */
  | { readonly kind: 'away'; readonly why: string };

export interface WitnessClient {
  readonly name: string;
  readonly verifier: NoteVerifier;
  /** INVARIANT: never rejects: what a witness does must not harm whoever asks it. */
  ask(head: OpenedCheckpoint, read: ReadLogFile): Promise<WitnessWord>;
}

/** The other end may have moved on meanwhile, or forgotten what we thought it had. */
const mostTries = 3;

export function createWitnessClient(place: WitnessPlace, outbound: Outbound): WitnessClient {
  const verifier = parseVkey(place.vkey);
  /** By origin: what it cosigned last, as far as is known. */
  const known = new Map<string, number>();
  async function askOften(
    { origin, size }: OpenedCheckpoint,
    askFrom: (old: number) => Promise<Heard>,
  ): Promise<WitnessWord> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const old = known.get(origin) ?? 0;
      if (old > size) return { kind: 'ahead', size: old };
      const word = await askFrom(old);
      if (word.kind === 'cosigned') known.set(origin, size);
      if (word.kind !== 'elsewhere') return word;
      known.set(origin, word.size);
    }
    return { kind: 'unclear', why: 'it says another size each time' };
  }
  return {
    name: place.name,
    verifier,
    async ask(head, read) {
      const word = await askOften(head, async (old) => {
        const body = attempt('damaged', () => bodyOf(head, read, old));
        if (typeof body !== 'string') return body;
        const answer = await post(outbound, place, body).catch(failed('away'));
        if ('kind' in answer) return answer;
        return attempt('unclear', () => wordOf(answer, { head, old, verifier }));
      });
      // Asked from the beginning next time: whatever it was, nothing is taken for known.
      if (isFault(word)) known.delete(head.origin);
      return word;
    },
  };
}

type Fault = Extract<WitnessWord, { kind: 'away' | 'unclear' | 'damaged' }>;

function isFault({ kind }: WitnessWord): boolean {
  return kind === 'away' || kind === 'unclear' || kind === 'damaged';
}

function failed(kind: Fault['kind']): (fault: unknown) => Fault {
  return (fault) => ({ kind, why: fault instanceof Error ? fault.message : 'fault' });
}

function attempt<T>(kind: Fault['kind'], run: () => T): T | Fault {
  try {
    return run();
  } catch (fault) {
    return failed(kind)(fault);
  }
}

/** INVARIANT: a proof that does not hold is never sent: a witness would take us for a fork. */
function bodyOf(head: OpenedCheckpoint, read: ReadLogFile, old: number): string {
  const tree = new TileTree(read, head.size);
  const proof = consistencyProof(tree, old);
  const fromRoot = old === 0 ? head.root : tree.rangeHash(0, old);
  const claim = { fromSize: old, fromRoot, size: head.size, root: head.root };
  if (!verifyConsistency(claim, proof)) {
    throw new BailiwickError('audit/inconsistent', { message: 'the log does not prove itself' });
  }
  return encodeAddCheckpoint({ old, proof, checkpoint: head.note });
}

function post(outbound: Outbound, { url }: WitnessPlace, body: string): Promise<OutboundAnswer> {
  return outbound.fetch({
    url: `${url}/add-checkpoint`,
    method: 'POST',
    headers: { 'content-type': 'text/plain', accept: 'text/plain' },
    body,
    maxBytes: limits.witnessAnswerBytes,
    timeoutMs: limits.witnessAnswerMs,
  });
}

interface Asked {
  readonly head: OpenedCheckpoint;
  readonly old: number;
  readonly verifier: NoteVerifier;
}

type Heard = WitnessWord | { readonly kind: 'elsewhere'; readonly size: number };

function wordOf({ status, body }: OutboundAnswer, asked: Asked): Heard {
  const { head, old } = asked;
  if (status === 200) return { kind: 'cosigned', lines: ownLines(body, asked) };
  if (status === 409) return conflict(body.toString('latin1'), asked);
  if (status === 422) return { kind: 'contradicts', size: old };
  if (status === 403)
    return { kind: 'refused', why: `it does not trust the key of ${head.origin}` };
  if (status === 404) return { kind: 'refused', why: `it does not know ${head.origin}` };
  return { kind: 'unclear', why: `it answered ${status}` };
}

function conflict(text: string, { head, old }: Asked): Heard {
  const size = /^(0|[1-9][0-9]{0,15})\n?$/u.exec(text)?.[1];
  if (size === undefined) return { kind: 'unclear', why: 'its answer cannot be read' };
  if (Number(size) > head.size) return { kind: 'ahead', size: Number(size) };
  if (Number(size) !== old) return { kind: 'elsewhere', size: Number(size) };
  if (old === head.size) return { kind: 'contradicts', size: old };
  return { kind: 'unclear', why: 'it contradicts itself' };
}

/** Only its own lines, and only when they are over this very head. */
function ownLines(body: Buffer, { head, verifier }: Asked): string {
  const note = parseNote(Buffer.concat([head.note, body]));
  if (!verifyNote(note, [verifier]).includes(verifier)) {
    throw new BailiwickError('audit/proof-invalid', {
      message: 'it did not cosign what was asked',
    });
  }
  const id = Buffer.from(verifier.keyId);
  const own = body
    .toString('utf8')
    .split('\n')
    .filter((line) =>
      Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .subarray(0, 4)
        .equals(id),
    );
  return `${own.join('\n')}\n`;
}

export function saysWhatItRemembers({ kind }: WitnessWord): boolean {
  return kind !== 'away' && kind !== 'unclear' && kind !== 'damaged';
}

export function damageIn(origin: string, words: readonly WitnessWord[]): string | undefined {
  const damaged = words.find((word) => word.kind === 'damaged');
  if (damaged === undefined) return undefined;
  return `\`${origin}\` cannot be held against what witnesses remember: ${damaged.why}`;
}

/** Undefined while a witness and we remember the same. */
export function contradictionOf(
  witness: string,
  { origin, size }: { readonly origin: string; readonly size: number },
  word: WitnessWord,
): string | undefined {
  if (word.kind === 'ahead') {
    return `${witness} remembers ${word.size} records of \`${origin}\`, which has ${size}`;
  }
  if (word.kind !== 'contradicts') return undefined;
  return `${witness} remembers another history of \`${origin}\`, up to record ${word.size}`;
}
