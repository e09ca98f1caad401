import { modernBody, modernHeaders } from './wire.ts';

/** One front of the running product: a `POST` of it that is well formed. */
export interface FrontAtWork {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => string;
}

/** Every front is asked the same hostile things over the wire: one line for each new one. */
export const fronts: readonly FrontAtWork[] = [
  {
    name: 'mcp',
    path: '/mcp',
    headers: modernHeaders('tools/list'),
    body: () => JSON.stringify(modernBody('tools/list')),
  },
];
