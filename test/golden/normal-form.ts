import type { Outcome } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes, canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Names } from './names.ts';

/** A record with everything in it, but for what chance gave. */
export function recordLine(
  { draft, body }: { readonly draft: RecordDraft; readonly body: Uint8Array | undefined },
  names: Names,
): JsonObject {
  const told = draft.heard === undefined ? draft : asHeard(draft, body);
  const plain = plainOf(withoutWhatIsNew(told));
  const { decision, lease } = draft;
  return named(
    {
      ...plain,
      ...(decision === undefined
        ? {}
        : { decision: { ...decision, policyDigest: names.of('policy', decision.policyDigest) } }),
      // The digest of what was lent is salted by chance: that it is one is told, and which one.
      ...(lease === undefined
        ? {}
        : { lease: lease.map((one) => ({ ...one, digest: names.of('lease', one.digest) })) }),
      ...(body === undefined || draft.heard !== undefined ? {} : { body: sha256Hex(body) }),
    } as JsonObject,
    names,
  );
}

/**
 * The golden lines were written when only what a caller sent stood there. INVARIANT: the trace that begins
 * with a call is the call's id.
 */
function withoutWhatIsNew(draft: RecordDraft): RecordDraft {
  const { trace, details, ...rest } = draft;
  const isOwn = trace !== undefined && trace === draft.call?.replaceAll('-', '');
  return {
    ...rest,
    ...(trace === undefined || isOwn ? {} : { trace }),
    ...withoutToolError(details),
  };
}

/** What a server said in an error, and names that nobody has, stood in the record then; since they are sealed, and the same. */
function asHeard(draft: RecordDraft, body: Uint8Array | undefined): RecordDraft {
  const { heard: _, refusal, ...rest } = draft;
  if (body === undefined || refusal === undefined) throw new TypeError('heard, and not sealed');
  const { named = '', method = '', questions } = rest;
  if (named.startsWith('unknown:')) {
    const words = Buffer.from(body).toString('utf8');
    const asks = `${method} ${words}`;
    const asked = questions === undefined ? {} : { questions: { ...questions, asks } };
    return { ...rest, refusal, named: words, ...asked };
  }
  return { ...rest, refusal: { ...refusal, message: Buffer.from(body).toString('utf8') } };
}

/** That a tool answered that it failed is said since then, too. */
function withoutToolError(details: RecordDraft['details']): Pick<RecordDraft, 'details'> {
  if (details === undefined) return {};
  const { toolError, ...left } = details;
  return toolError === true && Object.keys(left).length === 0 ? {} : { details: left };
}

/** What the caller got. Of results and pages the digest stands for all of their bytes. */
export function outcomeLine(outcome: Outcome | string | undefined, names: Names): JsonObject {
  if (outcome === undefined) return { kind: 'looked' };
  if (typeof outcome === 'string') return { kind: 'not-looked', code: outcome };
  return named(outcomeOf(outcome, names), names);
}

/** Lists told `server.tool` when the golden lines were written; all else of them is the same. */
function namedAsBefore(item: JsonObject): JsonObject {
  const { name } = item;
  return typeof name === 'string' ? { ...item, name: name.replace('__', '.') } : item;
}

function outcomeOf(outcome: Outcome, names: Names): JsonObject {
  switch (outcome.kind) {
    case 'result': {
      const { kind, recordId, result, bytes } = outcome;
      const same = bytes.equals(canonicalBytes(result));
      return { kind, recordId, same, sha256: sha256Hex(bytes), bytes: bytes.length };
    }
    case 'listed': {
      const { items, nextCursor } = outcome.page;
      const tools = items.map(namedAsBefore);
      const shown = tools.map(({ name }) => name ?? null);
      const sha256 = sha256Hex(canonicalBytes(tools));
      return { ...plainOf(outcome), page: { shown, sha256, more: nextCursor !== undefined } };
    }
    case 'held': {
      // No client of these can be asked.
      const { ask: _, page: __, ...approval } = outcome.approval;
      const handle = names.of('handle', approval.handle);
      return { ...plainOf(outcome), approval: { ...approval, handle } };
    }
    case 'asks':
    case 'streamed':
    case 'greeted':
    case 'noticed':
      return plainOf(outcome);
    case 'refused': {
      const { recordedMessage: _, ...refusal } = outcome.refusal;
      return plainOf({ ...outcome, refusal });
    }
  }
}

/** As JSON has it: members that are undefined are not there. */
function plainOf(value: object): JsonObject {
  const plain = parseJson(Buffer.from(JSON.stringify(value)));
  if (!isJsonObject(plain)) throw new TypeError('not an object');
  return plain;
}

function named(value: JsonObject, names: Names): JsonObject {
  return parseJson(Buffer.from(names.inside(canonicalText(value as Json)))) as JsonObject;
}
