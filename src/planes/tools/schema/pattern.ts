import { limits } from '#kernel/limits.ts';
import { RE2JS } from 're2js';
import { type Run, spend } from './run.ts';
import { translatePattern } from './translate-pattern.ts';
import { Unsupported } from './unsupported.ts';

export type Pattern = (text: string, run: Run) => boolean;

/** A larger automaton costs too much to build and for every character it reads. */
const largestProgram = 1_500;

/**
 * Steps of the work budget for one character. A small automaton stays deterministic; a larger one
 * can be driven out of that, and then costs up to some 12 µs a character, by its size.
 */
function stepsPerCharacter(size: number): number {
  return size <= 32 ? 1 / 4 : size / 16;
}

/** Linear-time search; a pattern that the engine cannot run keeps the schema out of use. */
export function compilePattern(source: string): Pattern {
  if (source.length > limits.patternBytes) throw new Unsupported('a pattern is too long');
  const compiled = compile(translatePattern(source), source);
  const size = compiled.programSize();
  if (size > largestProgram) {
    throw new Unsupported(`the pattern \`${source.slice(0, 100)}\` is too large`);
  }
  const steps = stepsPerCharacter(size);
  return (text, run) => {
    spend(run, 1 + Math.ceil(text.length * steps));
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
