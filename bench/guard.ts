import { readFileSync } from 'node:fs';
import { type GuardVerdict, guardVerdict, type Stored, unmeasured } from './guard-verdict.ts';
import { measureRows } from './rounds.ts';
import { rowKinds } from './rows.ts';
import { Worlds } from './worlds.ts';

/**
 * Part of `./bailiwick test`: the CPU of a governed call beside the bare proxy of the same run,
 * against what is stored. It warns; it fails only when nothing could be measured.
 *
 *     node bench/guard.ts
 */
const rounds = 3;
const seconds = 1;
const connections = 32;
const warmUp = 3;

async function guard(): Promise<GuardVerdict> {
  const stored = JSON.parse(readFileSync(new URL('guard.json', import.meta.url), 'utf8')) as Stored;
  const worlds = new Worlds(() => undefined);
  try {
    const kinds = rowKinds.filter(({ name }) => name === 'bare' || name === 'bearer');
    const say = () => undefined;
    const asked = { kinds, connections: [connections], rounds, seconds, warmUp, warmCalls: 0, say };
    const { rows, skipped } = await measureRows(worlds, asked);
    for (const { name, why } of skipped) return unmeasured(`${name}: ${why}`);
    const of = (name: string) => rows.find(({ kind }) => kind.name === name)?.rounds ?? [];
    return guardVerdict(of('bare'), of('bearer'), stored);
  } catch (error) {
    return unmeasured(error instanceof Error ? error.message : String(error));
  } finally {
    await worlds.close();
  }
}

const { kind, text } = await guard();
process.stdout.write(`${JSON.stringify({ kind, text })}\n`);
process.exitCode = kind === 'unmeasured' ? 1 : 0;
