import { limits } from '#kernel/limits.ts';
import { RE2JS } from 're2js';
import { type Run, spend } from './run.ts';
import { translatePattern } from './translate-pattern.ts';
import { Unsupported } from './unsupported.ts';

export type Pattern = (text: string, run: Run) => boolean;

/** A larger automaton costs too much for every character it reads. */
const largestProgram = 1_500;
/** Characters that cost one step of the work budget in a small automaton. */
const charactersPerStep = 8;
const instructionsPerStep = 32;

/** Linear-time search; a pattern that the engine cannot run keeps the schema out of use. */
export function compilePattern(source: string): Pattern {
  if (source.length > limits.patternBytes) throw new Unsupported('a pattern is too long');
  const compiled = compile(translatePattern(source), source);
  const size = compiled.programSize();
  if (size > largestProgram) {
    throw new Unsupported(`the pattern \`${source.slice(0, 100)}\` is too large`);
  }
  const factor = Math.ceil(size / instructionsPerStep) / charactersPerStep;
  return (text, run) => {
    spend(run, 1 + Math.ceil(text.length * factor));
    return compiled.test(text);
  };
}

function compile(translated: string, source: string): RE2JS {
  try {
    return RE2JS.compile(translated);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown reason';
    throw new Unsupported(
      `the pattern \`${source.slice(0, 100)}\` cannot run in linear time: ${why.slice(0, 200)}`,
    );
  }
}
