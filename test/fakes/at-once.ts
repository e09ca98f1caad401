/** What needs nobody else must not wait: the answer, which is there already. */
export function atOnce<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) throw new Error('it waits, and need not');
  return answer;
}
