import { drawLegend, drawReach, drawRows, drawTroubles } from './draw.ts';
import { type Figures, figuresOf } from './figures.ts';
import { help, type Options, optionsOf, WrongOption } from './options.ts';
import { goals, verdictOf } from './reach.ts';
import { measureRows, type Row, type Skipped, summaryOf } from './rounds.ts';
import { rowKinds } from './rows.ts';
import { Worlds } from './worlds.ts';

interface Answer {
  readonly rows: readonly Row[];
  readonly skipped: readonly Skipped[];
  readonly figures: Figures;
}

/**
 * Governed calls beside a bare parsing proxy, in rounds of one run. Ratios are the result; absolute
 * figures move with the machine.
 */
async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) return void process.stdout.write(help);
  const say = (text: string) => void process.stderr.write(`  ${text}\n`);
  const worlds = new Worlds(say);
  try {
    const answer = await measure(worlds, options, say);
    process.stdout.write(options.json ? `${JSON.stringify(told(answer))}\n` : draw(answer));
    if (answer.rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
  } finally {
    await worlds.close();
  }
}

async function measure(
  worlds: Worlds,
  { only, ...options }: Options,
  say: (text: string) => void,
): Promise<Answer> {
  const kinds = rowKinds.filter(({ name }) => only === undefined || only.includes(name));
  const { rows, skipped } = await measureRows(worlds, { ...options, kinds, say });
  return { rows: summaryOf(rows), skipped, figures: figuresOf(rows) };
}

function told(answer: Answer): unknown {
  const { version: node, arch } = process;
  const reach = goals.map((goal) => ({
    ...goal,
    measured: answer.figures[goal.key],
    verdict: verdictOf(goal, answer.figures[goal.key]),
  }));
  return { ...answer, reach, machine: { node, arch, cpus: navigator.hardwareConcurrency } };
}

function draw({ rows, skipped, figures }: Answer): string {
  const parts = [drawRows(rows), drawLegend(rows), drawTroubles(rows, skipped), drawReach(figures)];
  return `\n${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof WrongOption)) throw error;
  process.stderr.write(`bailiwick bench: ${error.message}\n`);
  process.exitCode = 2;
}
