import { z } from 'zod';
import type { GenerationFact } from '#contracts/model-provider.ts';
import type { StreamEvent, StreamUsage } from '#contracts/streamed.ts';
import { usageShape } from './usage.ts';

const name = z.string().max(256);
const text = z.string().nullish();
const index = z.number().int().min(0).max(127);

const toolDelta = z.object({
  index,
  id: name.nullish(),
  type: z.literal('function').nullish(),
  function: z.object({ name: name.nullish(), arguments: text }).nullish(),
});

const choiceDelta = z.object({
  index,
  delta: z.object({
    role: z.literal('assistant').nullish(),
    content: text,
    refusal: text,
    reasoning_content: text,
    tool_calls: z.array(toolDelta).max(128).nullish(),
  }),
  finish_reason: z.string().max(64).nullish(),
});

const chunk = z.object({
  id: name,
  created: z.number().int().min(0).default(0),
  model: name.default(''),
  choices: z.array(choiceDelta).max(128),
  usage: usageShape,
});

type Chunk = z.infer<typeof chunk>;
type Choice = Chunk['choices'][number];

export interface ChunkReader {
  /** The steps of one chunk; undefined when it is none. */
  read(value: unknown): readonly StreamEvent[] | undefined;
  usage(): StreamUsage | undefined;
  /** Every choice that began has said that it ended. */
  isFinished(): boolean;
}

/**
 * INVARIANT: only members that are known become steps; heads and names are said once, no more choices
 * are told than were asked for, and nothing of a choice after its end.
 */
export function createChunkReader(choices: number): ChunkReader {
  const tools = new Set<string>();
  const open = new Set<number>();
  let begun = false;
  const ended = new Map<number, string>();
  let usage: StreamUsage | undefined;
  const readChoice = (choice: Choice): readonly StreamEvent[] | undefined => {
    if (choice.index >= choices) return undefined;
    const end = ended.get(choice.index);
    // Some say the end once more beside the usage.
    if (end !== undefined) return saysNothing(choice, end) ? [] : undefined;
    open.add(choice.index);
    const events: StreamEvent[] = textsOf(choice);
    for (const delta of choice.delta.tool_calls ?? []) {
      const read = toolEvents(tools, choice.index, delta);
      if (read === undefined) return undefined;
      events.push(...read);
    }
    const reason = choice.finish_reason;
    if (typeof reason === 'string') {
      open.delete(choice.index);
      ended.set(choice.index, reason);
      events.push(fact({ fact: 'finished', choice: choice.index, reason }));
    }
    return events;
  };
  return {
    read(value) {
      const parsed = chunk.safeParse(value);
      if (!parsed.success) return undefined;
      usage = parsed.data.usage ?? usage;
      const events: StreamEvent[] = begun ? [] : [beginning(parsed.data)];
      begun = true;
      for (const choice of parsed.data.choices) {
        const read = readChoice(choice);
        if (read === undefined) return undefined;
        events.push(...read);
      }
      return events;
    },
    usage: () => usage,
    isFinished: () => ended.size > 0 && open.size === 0,
  };
}

function saysNothing(choice: Choice, end: string): boolean {
  const { delta, finish_reason: reason } = choice;
  const isSameEnd = reason === undefined || reason === null || reason === end;
  return isSameEnd && textsOf(choice).length === 0 && (delta.tool_calls ?? []).length === 0;
}

function fact(value: GenerationFact): StreamEvent {
  return { kind: 'fact', value: { ...value } };
}

function beginning({ id, model, created }: Chunk): StreamEvent {
  return fact({ fact: 'begun', id, model, created });
}

function textsOf({ index: choice, delta }: Choice): StreamEvent[] {
  const parts = [
    ['reasoning', delta.reasoning_content],
    ['content', delta.content],
    ['refusal', delta.refusal],
  ] as const;
  return parts.flatMap(([part, said]): StreamEvent[] =>
    said === undefined || said === null || said === ''
      ? []
      : [{ kind: 'text', lane: `${choice}/${part}`, text: said }],
  );
}

/** A tool call has its id and name at its beginning and never again: a name is no text that grows. */
function toolEvents(
  known: Set<string>,
  choice: number,
  delta: z.infer<typeof toolDelta>,
): readonly StreamEvent[] | undefined {
  const tool = delta.index;
  const place = `${choice}/tool/${tool}`;
  const { id, function: said } = delta;
  const events: StreamEvent[] = [];
  if (!known.has(place)) {
    if (typeof id !== 'string' || typeof said?.name !== 'string') return undefined;
    known.add(place);
    events.push(fact({ fact: 'tool', choice, tool, id, name: said.name }));
  } else if (isSaidAgain(id) || isSaidAgain(said?.name)) {
    return undefined;
  }
  const more = said?.arguments;
  if (typeof more === 'string' && more !== '') {
    events.push({ kind: 'text', lane: `${place}/arguments`, text: more });
  }
  return events;
}

function isSaidAgain(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}
