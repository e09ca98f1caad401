import { isServedSomewhere } from './methods.ts';

/** Of the protocol, in any revision, beside what is served: a notice is taken note of whatever it is called. */
const others: ReadonlySet<string> = new Set([
  '',
  'GET',
  'DELETE',
  'response',
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
]);

/**
 * The method as records say it. INVARIANT: what a caller made up stands in no leaf: a name that the protocol
 * does not know is told as such, and what it was is sealed with the refusal.
 */
export function recordedMethod(method: string): string {
  if (isServedSomewhere(method) || others.has(method)) return method;
  return method.startsWith('notifications/') ? 'notifications/unknown' : 'unknown';
}
