import type { HeldCall } from '#contracts/grant-ledger.ts';

/** One person who said yes or no: how often, how fast, and how often yes. */
export interface ReviewerActivity {
  readonly by: string;
  readonly yes: number;
  readonly no: number;
  /** Of all that they said, from 0 to 1. */
  readonly shareOfYes: number;
  /** From the question to their word. */
  readonly medianMs: number;
  readonly slowestTenthMs: number;
  readonly lastAt: number;
}

export interface ApprovalActivity {
  /** What waits now: the oldest first. */
  readonly waiting: {
    readonly count: number;
    readonly oldestMs: number | undefined;
    readonly calls: readonly (HeldCall & { readonly waitsMs: number })[];
  };
  /** What became of what was asked in the window. */
  readonly ended: Readonly<
    Record<'approved' | 'rejected' | 'expired' | 'withdrawn' | 'void', number>
  >;
  /** Who said most first. */
  readonly reviewers: readonly ReviewerActivity[];
}

const mostShown = 50;

interface Word {
  readonly by: string;
  readonly isYes: boolean;
  readonly at: number;
  readonly tookMs: number;
}

/** INVARIANT: of the rows alone, so that both stores tell the same; a clock that went back makes nothing negative. */
export function activityOf(rows: readonly HeldCall[], now: number): ApprovalActivity {
  // Time decides, also where the timer has not come by.
  const open = rows
    .filter(({ state, expiresAt }) => state === 'pending' && expiresAt > now)
    .map((row) => ({ ...row, waitsMs: Math.max(0, now - row.requestedAt) }))
    .toSorted((a, b) => b.waitsMs - a.waitsMs || (a.id < b.id ? -1 : 1));
  const ended = { approved: 0, rejected: 0, expired: 0, withdrawn: 0, void: 0 };
  for (const row of rows) {
    const end = endOf(row, now);
    if (end !== undefined) ended[end] += 1;
  }
  return {
    waiting: {
      count: open.length,
      oldestMs: open[0]?.waitsMs,
      calls: open.slice(0, mostShown),
    },
    ended,
    reviewers: reviewersOf(rows.flatMap(wordsOf)),
  };
}

function endOf(
  { state, expiresAt }: HeldCall,
  now: number,
): keyof ApprovalActivity['ended'] | undefined {
  if (state === 'pending') return expiresAt > now ? undefined : 'expired';
  return state === 'spent' ? 'approved' : state;
}

/** Every yes by itself, also one that was not enough alone. To take back what one asked for decides nothing. */
function wordsOf({ state, requestedAt, decidedBy, decidedAt, yeses }: HeldCall): Word[] {
  const word = (by: string, at: number, isYes: boolean): Word => ({
    by,
    isYes,
    at,
    tookMs: Math.max(0, at - requestedAt),
  });
  const said = yeses.map(({ by, at }) => word(by, at, true));
  if (decidedBy === undefined || decidedAt === undefined) return said;
  if (state === 'rejected') return [...said, word(decidedBy, decidedAt, false)];
  // An earlier version kept no yes by itself.
  const isOld = said.length === 0 && (state === 'approved' || state === 'spent');
  return isOld ? [word(decidedBy, decidedAt, true)] : said;
}

function reviewersOf(words: readonly Word[]): ReviewerActivity[] {
  return [...Map.groupBy(words, ({ by }) => by)]
    .map(([by, theirs]) => {
      const yes = theirs.filter(({ isYes }) => isYes).length;
      const took = theirs.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
      return {
        by,
        yes,
        no: theirs.length - yes,
        shareOfYes: yes / theirs.length,
        medianMs: atShare(took, 0.5),
        slowestTenthMs: atShare(took, 0.9),
        lastAt: Math.max(...theirs.map(({ at }) => at)),
      };
    })
    .toSorted((a, b) => b.yes + b.no - (a.yes + a.no) || (a.by < b.by ? -1 : 1));
}

/** The nearest that there was: no figure that nobody took. */
function atShare(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
