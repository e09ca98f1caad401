import type { IncomingHttpHeaders } from 'node:http';
import type { FailedGeneration } from '#contracts/model-provider.ts';
import { protocolBroken } from './failed.ts';

/** Said twice, one of them would have to be believed. */
const twice = Symbol('a header that was said twice');

/** Why an answer with these headers could be read in more than one way. */
export function unreadable(
  headers: IncomingHttpHeaders,
  stream: boolean,
): FailedGeneration | undefined {
  const coding = saidOnce(headers, 'content-encoding');
  const type = saidOnce(headers, 'content-type');
  if (coding === twice || type === twice) {
    return protocolBroken('it said twice what its answer is');
  }
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    return protocolBroken('it answered in a content coding that was not asked for');
  }
  const [essence, ...parameters] = (type ?? '').toLowerCase().split(';');
  if (essence?.trim() !== (stream ? 'text/event-stream' : 'application/json')) {
    return protocolBroken('it answered with a content type that was not asked for');
  }
  if (parameters.every(isUtf8)) return undefined;
  return protocolBroken('it answered in a character set that was not asked for');
}

/** The types of the platform say that these are one text; the client gives a list of them. */
function saidOnce(headers: IncomingHttpHeaders, name: string): string | typeof twice | undefined {
  const value = headers[name];
  return Array.isArray(value) ? twice : value;
}

function isUtf8(parameter: string): boolean {
  const [name, value = ''] = parameter.split('=', 2);
  return name?.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim());
}
