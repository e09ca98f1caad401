import { drawLegend, drawReach, drawRows, drawTroubles } from './draw.ts';
import type { Figures } from './figures.ts';
import { type Goal, goals, type Verdict, verdictOf } from './reach.ts';
import type { Row, Skipped } from './rounds.ts';
import type { Spread } from './statistics.ts';

export interface Found {
  readonly rows: readonly Row[];
  readonly skipped: readonly Skipped[];
  readonly figures: Figures;
  /** What is told beside the figures. */
  readonly lines: readonly string[];
  /** Where and how it was measured. */
  readonly machine: string;
}

/** What a run found, and what that is worth. */
export interface Answer extends Found {
  readonly reach: readonly Reached[];
}

interface Reached extends Goal {
  readonly measured: Spread | undefined;
  readonly verdict: Verdict;
}

export function answerOf(found: Found): Answer {
  const reach = goals.map((goal) => {
    const measured = found.figures[goal.key];
    return { ...goal, measured, verdict: verdictOf(goal, measured) };
  });
  return { ...found, reach };
}

export function draw({ rows, skipped, figures, lines, machine }: Answer): string {
  const parts = [
    machine,
    rows.length === 0 ? '' : drawRows(rows),
    drawLegend(rows),
    lines.map((line) => `- ${line}`).join('\n'),
    drawTroubles(rows, skipped),
    drawReach(figures),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
