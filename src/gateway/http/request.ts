// Not by an import of it: see `listener.ts`.
const { IncomingMessage } = process.getBuiltinModule('node:http');

/**
 * What Node itself, or the reader of a body, asks of the headers of a request. Whoever decides reads
 * the raw list (`headers.ts`).
 */
const asked = ['expect', 'te', 'content-length'] as const;

/**
 * A request as the server makes it. Node looks for an expectation in every one, and would put all
 * headers into an object for that: about 4 % of what a governed call costs in this process.
 */
export class Request extends IncomingMessage {}

Object.defineProperty(Request.prototype, 'headers', {
  get(this: Request) {
    return headersAsked(this.rawHeaders);
  },
});

function headersAsked(raw: readonly string[]): Partial<Record<string, string>> {
  const found: Partial<Record<string, string>> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const written = raw[at] ?? '';
    const name = asked.find(
      (one) => one.length === written.length && one === written.toLowerCase(),
    );
    if (name !== undefined) found[name] = joined(found[name], raw[at + 1] ?? '');
  }
  return found;
}

/** As Node does: all that was said. Where it may be said once alone, it is refused by its own reader. */
function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
