import { cpus, loadavg } from 'node:os';
import type { Figures } from './figures.ts';
import { type Goal, goals, verdictOf } from './reach.ts';
import type { Row, Skipped } from './rounds.ts';
import type { Spread } from './statistics.ts';

/** Tables that read well in a terminal and are Markdown as well. */
export function table(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...lines.map((line) => (line[at] ?? '').length)),
  );
  const drawn = (line: readonly string[]) =>
    `| ${line.map((cell, at) => pad(cell, widths[at] ?? 0, at)).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [drawn(heads), rule, ...lines.map(drawn)].join('\n');
}

function pad(cell: string, width: number, at: number): string {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** The middle, and in brackets the lowest and the highest round. */
export function told(spread: Spread | undefined, unit = ''): string {
  if (spread === undefined || !Number.isFinite(spread.median)) return '–';
  const { median, low, high, rounds } = spread;
  const moved = rounds > 1 ? ` (${figure(low)}–${figure(high)})` : '';
  return `${figure(median)}${unit === '' ? '' : ` ${unit}`}${moved}`;
}

/** Three figures that mean something. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size >= 0.995 || size === 0 ? 2 : 3);
}

export function drawRows(rows: readonly Row[]): string {
  const heads = [
    'row',
    'set',
    'connections',
    'calls/s',
    'p50 ms',
    'p99 ms',
    'CPU µs a call',
    '÷ bare',
  ];
  return table(
    heads,
    rows.map((row) => [
      row.name,
      row.set ?? '',
      String(row.connections),
      told(row.callsPerSecond),
      told(row.p50Ms),
      told(row.p99Ms),
      told(row.cpuUs),
      told(row.timesBare),
    ]),
  );
}

export function drawLegend(rows: readonly Row[]): string {
  const told = new Map(rows.map(({ name, what }) => [name, what]));
  return [...told].map(([name, what]) => `- \`${name}\`: ${what}`).join('\n');
}

/** What went wrong stands where nobody overlooks it. */
export function drawTroubles(rows: readonly Row[], skipped: readonly Skipped[]): string {
  const failed = rows.filter((row) => row.failed > 0);
  return [
    ...skipped.map(({ name, why }) => `SKIPPED ${name}: ${why}`),
    ...failed.map(
      (row) => `FAILED CALLS ${row.name} at ${row.connections}: ${row.failed}, first: ${row.why}`,
    ),
  ].join('\n');
}

export function drawReach(figures: Figures): string {
  const heads = ['what must be reached', 'measured', 'floor', 'aim', 'verdict'];
  return table(
    heads,
    goals.map((goal) => [
      goal.what,
      told(figures[goal.key], goal.unit),
      bound(goal, goal.floor),
      goal.aim === undefined ? '–' : bound(goal, goal.aim),
      verdictOf(goal, figures[goal.key]),
    ]),
  );
}

function bound({ better, unit }: Goal, value: number): string {
  return `${better === 'less' ? '≤' : '≥'} ${value}${unit === '' ? '' : ` ${unit}`}`;
}

/** Under which conditions; the commit is that of whoever keeps the page. */
export function drawMachine(
  {
    rounds,
    seconds,
    warmUp,
    warmCalls,
  }: {
    readonly rounds: number;
    readonly seconds: number;
    readonly warmUp: number;
    readonly warmCalls: number;
  },
  tookSeconds: number,
): string {
  const { version, arch } = process;
  const load = loadavg()[0] ?? 0;
  return `${new Date().toISOString().slice(0, 10)}, Node ${version}, ${arch}, ${cpus().length} cores, one-minute load ${load.toFixed(1)} at the end; ${rounds} rounds of ${seconds} s after ${warmUp} s of each row${warmCalls > 0 ? ` or ${warmCalls} calls` : ''} that are not told, ${Math.round(tookSeconds)} s in all. The load, the tools and what is measured share the machine. Told are the middle round and, in brackets, the lowest and the highest; ÷ bare is made within each round.`;
}
