import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyProblem } from '#contracts/policy-engine.ts';
import { entityTypes } from './names.ts';

interface Place {
  readonly line: number | undefined;
  readonly column: number | undefined;
}

const nowhere: Place = { line: undefined, column: undefined };

/** Cedar counts bytes; people count lines and characters, both from one. */
export function placeOf(text: string, byteOffset: number | undefined): Place {
  if (byteOffset === undefined) return nowhere;
  const before = Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8');
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    line: before.split('\n').length,
    column: Array.from(before.slice(lineStart)).length + 1,
  };
}

export function problemAt(
  document: { readonly name: string; readonly cedar: string },
  byteOffset: number | undefined,
  message: string,
): PolicyProblem {
  return { policy: document.name, message, ...placeOf(document.cedar, byteOffset) };
}

const onAnyKind = new RegExp(` on entity type \`(?:${Object.values(entityTypes).join('|')})\``);

/**
 * One line out of Cedar's error. The generated policy number in it means nothing to an author, and
 * what is missing on one kind of target is missing on all of them: their attributes are the same.
 */
export function messageOf(error: DetailedError): string {
  const message = error.message
    .replace(/^for policy `policy\d+`, /, '')
    .replace(onAnyKind, ' of `resource`');
  return error.help === null || error.help === '' ? message : `${message}; ${error.help}`;
}

export function startOf(error: DetailedError): number | undefined {
  return error.sourceLocations?.[0]?.start;
}
