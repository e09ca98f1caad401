import type { ToolFlow } from '#kernel/tool.ts';
import { Digest, DigestTable } from './digests.ts';
import { contentOf, type Leaf, leavesOf } from './leaves.ts';
import { unpacked } from './packed.ts';
import { exact, wordsIn } from './text-forms.ts';

/** So many words in a row are nobody's by chance. */
export const inARow = 7;

/** Of a result that is kept: its text, and what its document says of it. */
interface KeptText {
  readonly text: string;
  readonly flow: Pick<ToolFlow, 'names'> | undefined;
}

/** To read a text through, in comparisons. */
export function stepsToRead(text: string): number {
  return 1 + Math.ceil(text.length / 64);
}

/**
 * Which runs of words stand in what was told, by digest, so that no call reads it all again. INVARIANT: where a text has a run it
 * never says no; what could not be looked into, or has no room, may have each.
 */
export class ToldRuns {
  readonly #table = new DigestTable();
  readonly #of = new Digest();
  #mayHaveAny = false;

  get bytes(): number {
    return this.#table.bytes;
  }

  learn(kept: KeptText, hasRoom: () => boolean): void {
    if (this.#mayHaveAny) return;
    try {
      for (const { leaf } of leavesOfKept(kept)) {
        if (typeof leaf.value !== 'string' || leaf.value.length < 2 * inARow) continue;
        this.#runsOf([...wordsIn(exact(leaf.value))], () => {
          if (hasRoom()) this.#table.set(this.#of, 1);
          else this.#mayHaveAny = true;
        });
      }
    } catch {
      this.#mayHaveAny = true;
    }
  }

  /** Of a run of just so many words. */
  mayHave(run: string): boolean {
    if (this.#mayHaveAny) return true;
    let is = false;
    this.#runsOf(run.split(' '), () => (is = this.#table.get(this.#of) !== 0));
    return is;
  }

  #runsOf(words: readonly string[], each: () => void): void {
    const [highs, lows] = [new Int32Array(words.length), new Int32Array(words.length)];
    for (const [at, word] of words.entries()) {
      const { high, low } = this.#of.of(word);
      highs[at] = high;
      lows[at] = low;
    }
    for (let at = 0; at + inARow <= words.length; at += 1) {
      this.#of.begin();
      for (let one = at; one < at + inARow; one += 1) {
        this.#of.add(highs[one] ?? 0);
        this.#of.add(lows[one] ?? 0);
      }
      this.#of.end();
      each();
    }
  }
}

export function* leavesOfKept(
  kept: KeptText,
): Generator<{ readonly leaf: Leaf; readonly isData: boolean }> {
  const { data, texts } = contentOf(unpacked(kept.text).result);
  for (const leaf of leavesOf(data, new Set(kept.flow?.names)).leaves) yield { leaf, isData: true };
  for (const leaf of leavesOf(texts).leaves) yield { leaf, isData: false };
}
