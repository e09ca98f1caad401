import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { namedOnWire } from './named.ts';
import { malformed, type Method, type Read, readBeside, readContinued } from './method.ts';

const longestName = 2_048;

/** A prompt is called as a tool is: `server__name`. Its arguments are texts, and nothing else. */
function getPrompt(params: JsonObject, server?: string): Read | Refusal {
  const { name, arguments: given = {} } = params;
  if (typeof name !== 'string' || name === '' || name.length > longestName) {
    return malformed('`name`');
  }
  if (!isJsonObject(given) || !Object.values(given).every((one) => typeof one === 'string')) {
    return malformed('`arguments`');
  }
  const beside = readBeside(params, true);
  if (isRefusal(beside)) return beside;
  const continued = readContinued(params);
  if (isRefusal(continued)) return continued;
  return {
    ...beside,
    action: {
      kind: 'prompt-get',
      continued,
      ...namedOnWire('prompt', name, server),
      arguments: given,
      argumentBytes: canonicalBytes(given),
    },
  };
}

export const promptGet: Method = { read: getPrompt, names: 'name', talks: true };
