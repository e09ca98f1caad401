/** In which forms a client takes an answer. */
export interface Accepts {
  readonly json: boolean;
  readonly stream: boolean;
}

const both: Accepts = { json: true, stream: true };

/**
 * What a client says that it takes. The protocol wants both forms named; whoever names none, or all, takes
 * both.
 */
export function acceptsOf(header: string | undefined): Accepts {
  if (header === undefined || header === usual || header === '*/*') return both;
  const ranges = header.split(',').flatMap(rangeOf);
  return {
    json: ranges.some((one) => takes(one, 'application', 'json')),
    stream: ranges.some((one) => takes(one, 'text', 'event-stream')),
  };
}

const usual = 'application/json, text/event-stream';

/** What is named with a weight of nothing is not wanted. */
function rangeOf(written: string): string[] {
  const [range = '', ...parameters] = written.split(';').map((part) => part.trim().toLowerCase());
  return parameters.some((one) => /^q=0(?:\.0{0,3})?$/.test(one)) ? [] : [range];
}

function takes(range: string, type: string, subtype: string): boolean {
  return range === '*/*' || range === `${type}/*` || range === `${type}/${subtype}`;
}
