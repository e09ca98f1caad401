import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject, type Json } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { anyOwner } from '#kernel/target.ts';
import { malformed, type Method, type Read, readBeside } from './method.ts';
import { namedOnWire } from './named.ts';

const longest = 2_048;

function readComplete(params: JsonObject, server?: string): Read | Refusal {
  const { ref, argument, context } = params;
  if (!isJsonObject(ref)) return malformed('`ref`');
  if (!isJsonObject(argument) || !isText(argument['name']) || !isText(argument['value'])) {
    return malformed('`argument`');
  }
  if (context !== undefined && !isJsonObject(context)) return malformed('`context`');
  const meant = meantBy(ref, server);
  if (meant === undefined) return malformed('`ref`');
  const beside = readBeside(params);
  if (isRefusal(beside)) return beside;
  const given = { argument, ...(context === undefined ? {} : { context }) };
  const argumentBytes = canonicalBytes(given);
  return { ...beside, action: { kind: 'complete', ...meant, arguments: given, argumentBytes } };
}

function meantBy({ type, name, uri }: JsonObject, server: string | undefined) {
  if (type === 'ref/prompt' && isText(name)) return namedOnWire('prompt', name, server);
  if (type === 'ref/resource' && isText(uri)) {
    const owner = server ?? anyOwner;
    return { target: { kind: 'resource', owner, name: uri } as const, named: uri };
  }
  return undefined;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= longest;
}

export const completeMethod: Method = { read: readComplete };
