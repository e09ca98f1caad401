import type { JsonObject } from '#kernel/json/value.ts';
import type { Snippet } from '../../../sdk/connect/index.ts';
import { cell, whole } from '../output.ts';
import type { Adopted } from './adopt.ts';
import type { HeldTool } from './make.ts';
import { commentTold, leftLines, planView, secretTable, tellLines } from './plan-text.ts';

export function doneView(
  { kept, tools, adopted, left, held, comments }: Adopted,
  snippet: Snippet,
): JsonObject {
  return {
    ...planView({ servers: adopted, left, comments }),
    tools: [...tools],
    held: held.map((one) => ({ ...one })),
    configuration: snippet.text,
    kept: kept.folder,
  };
}

export function doneText(
  { kept, tools, adopted, left, held, comments }: Adopted,
  {
    path,
    agent,
    snippet,
  }: { readonly path: string; readonly agent: string; readonly snippet: Snippet },
): string {
  return [
    `${adopted.length} servers with ${tools.length} tools are behind the gateway, for agent ${agent}.`,
    'They are in phase observe: calls go on, and the records say what would have been stopped.',
    '',
    secretTable(adopted),
    ...(adopted.some(({ moved }) => moved.length > 0)
      ? ['verified: in the vault, and found in nothing that was written']
      : []),
    ...tellLines(adopted),
    ...heldLines(held),
    ...leftLines({ left }),
    ...commentTold(comments, path),
    '',
    `${path} has one entry for them now:`,
    '',
    snippet.text.trimEnd(),
    '',
    snippet.next,
    '',
    ...nextSteps(agent, adopted),
    '',
    `The way back: bailiwick adopt ${path} --undo   (the file as it was is kept in ${kept.folder})`,
  ].join('\n');
}

function heldLines(held: readonly HeldTool[]): readonly string[] {
  return held.flatMap(({ tool, why, next }) => [
    `not approved yet, and called by nobody: ${cell(tool)}: ${whole(why)}`,
    `  read it, then say yes: ${whole(next)}`,
  ]);
}

/** From a phase that stops nothing to one that does. */
function nextSteps(agent: string, adopted: Adopted['adopted']): readonly string[] {
  const server = adopted[0]?.server ?? 'SERVER';
  const several = adopted.length > 1 ? '   (and so for each server)' : '';
  return [
    'What to do next, once it has worked like this for a while:',
    `  see what would have been stopped:  bailiwick audit tail --agent ${agent}`,
    `  see what it really needs:          bailiwick suggest manifest --agent ${agent}`,
    `  tell the agent too:                bailiwick server phase ${server} warn --reason TEXT`,
    `  then stop it for good:             bailiwick server phase ${server} enforce --reason TEXT${several}`,
  ];
}
