import { type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import type { ToolClass } from '#kernel/tool.ts';
import { visibleText } from '#kernel/text/index.ts';
import { type Finding, shapeOf } from './definition/index.ts';
import { exceptionState } from './exceptions.ts';
import { own } from './toolset.ts';

interface Asked {
  readonly definition: JsonObject;
  readonly tool: string;
  readonly server: Pick<ServerEntry, 'exceptions'>;
  readonly toolClass: Pick<ToolClass, 'isUndeclared'>;
}

/**
 * Why nobody may call it as it is defined, whatever was approved and whatever its phase. INVARIANT:
 * a tool whose effect nobody says shows no sign of writing; one that does whatever its text says is
 * called under an exception that has not ended, and only then.
 */
export function unfitness(asked: Asked, now: number): Refusal | undefined {
  const { transport, writing } = shapeOf(asked.definition);
  if (transport !== undefined) {
    const no = withoutException(asked, transport, now);
    if (no !== undefined) return no;
  }
  if (asked.toolClass.isUndeclared !== true || writing === undefined) return undefined;
  return refusal('tools/effect-undeclared', { details: { why: wordsOf(writing) } });
}

/** The same, of whoever would approve it: what cannot be called need not be approved. */
export function withoutException(
  { server, tool }: Pick<Asked, 'server' | 'tool'>,
  found: Finding,
  now: number,
): Refusal | undefined {
  const { exceptions = {} } = server;
  switch (exceptionState(own(exceptions, tool), now)) {
    case 'in-force':
      return undefined;
    case 'ended':
      return refusal('tools/exception-ended', { details: { why: wordsOf(found) } });
    case 'none':
      return refusal('tools/transport-shaped', { details: { why: wordsOf(found) } });
    case 'too-long':
      return refusal('tools/transport-shaped', {
        message: 'the exception of this tool is for more than a year, so it counts for nothing',
        suggestedAction: 'ask the operator for one with an earlier end',
        details: { why: wordsOf(found) },
      });
  }
}

/** A stranger wrote the words. */
export function wordsOf({ rule, message, words }: Finding): string {
  const matched = words.map((word) => `\`${visibleText(word, { maxLength: 60 })}\``).join(', ');
  return `${rule}: ${message}${matched === '' ? '' : ` (${matched})`}`;
}
