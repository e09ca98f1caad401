import { answerOf, draw, type Answer } from './answer.ts';
import { captureProfile } from './capture.ts';
import { drawMachine } from './draw.ts';
import { measures } from './measure.ts';
import type { MeasureAsked } from './measure-kind.ts';
import { help, type Options, optionsOf, WrongOption } from './options.ts';
import type { Skipped } from './rounds.ts';
import { measureSets } from './sets.ts';
import { credentials, Worlds } from './worlds.ts';
import { writeBetweenMarks } from './write.ts';

/**
 * Governed calls beside a bare parsing proxy, in rounds of one run. Ratios are the result; absolute
 * figures move with the machine.
 */
async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) return void process.stdout.write(help);
  const say = (text: string) => void process.stderr.write(`  ${text}\n`);
  const opened: Worlds[] = [];
  const close = () => Promise.all(opened.map((worlds) => worlds.close()));
  const worldsOf = () => {
    const worlds = new Worlds(say);
    opened.push(worlds);
    return worlds;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(1)));
  }
  try {
    if (options.profile !== undefined) return await profile(worldsOf(), options, options.profile);
    const answer = await measure(worldsOf, options, say);
    const drawn = draw(answer);
    process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : `\n${drawn}\n`);
    if (options.write !== undefined) writeBetweenMarks(options.write, drawn);
    if (answer.rows.some(({ failed }) => failed > 0)) process.exitCode = 1;
  } finally {
    await close();
  }
}

/** Each credential that was asked for, at each number of connections. */
async function profile(worlds: Worlds, options: Options, folder: string): Promise<void> {
  const { only, connections, seconds } = options;
  for (const credential of credentials.filter((name) => only.includes(name))) {
    for (const at of connections) {
      const asked = { folder, credential, connections: at, seconds };
      process.stdout.write(`${await captureProfile(worlds, asked)}\n\n`);
    }
  }
}

async function measure(
  worldsOf: () => Worlds,
  options: Options,
  say: (text: string) => void,
): Promise<Answer> {
  const started = performance.now();
  const { only } = options;
  const sets = await measureSets(only, { ...options, say }, worldsOf);
  const beside = await measureBeside(only, { ...options, say }, worldsOf);
  return answerOf({
    rows: sets.rows,
    skipped: [...sets.skipped, ...beside.skipped],
    figures: { ...sets.figures, ...beside.figures },
    lines: beside.lines,
    machine: drawMachine(options, (performance.now() - started) / 1_000),
  });
}

/** INVARIANT: what cannot be measured is told, and the others are measured all the same. */
async function measureBeside(
  only: readonly string[],
  asked: Omit<MeasureAsked, 'worlds'>,
  worldsOf: () => Worlds,
) {
  const skipped: Skipped[] = [];
  const lines: string[] = [];
  let figures = {};
  for (const one of measures.filter(({ name }) => only.includes(name))) {
    const worlds = worldsOf();
    try {
      const result = await one.run({ ...asked, worlds });
      figures = { ...figures, ...result.figures };
      lines.push(...result.lines);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      asked.say(`SKIPPED ${one.name}: ${why}`);
      skipped.push({ name: one.name, why });
    } finally {
      await worlds.close();
    }
  }
  return { skipped, lines, figures };
}

try {
  await main();
} catch (error) {
  if (!(error instanceof WrongOption)) throw error;
  process.stderr.write(`bailiwick bench: ${error.message}\n`);
  process.exitCode = 2;
}
