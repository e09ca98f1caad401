import { describe, expect, it } from 'vitest';
import { routes } from '#api/index.ts';
import { documentKinds } from './catalogue.ts';
import { upHelp } from './up/options.ts';

/** Lists that are written out, because a shape or a text is; whoever adds a kind adds it there. */
describe.each(documentKinds.map(({ kind }) => kind))('the kind %s', (kind) => {
  const shapesOf = (method: string) =>
    routes.find((one) => one.path === '/v1/documents' && one.method === method)?.shapes;

  it('is listed and put by the API', () => {
    const put = { kind, name: 'a', spec: {} };
    expect(shapesOf('GET')?.query.safeParse({ kind }).success).toBe(true);
    expect(shapesOf('POST')?.body.safeParse(put).success).toBe(true);
    expect(shapesOf('POST')?.body.safeParse({ ...put, kind: 'Thing' }).success).toBe(false);
  });

  it('is named in the help of up', () => {
    expect(/documents to load \(([^)]*)\)/.exec(upHelp)?.[1]?.split(', ')).toContain(kind);
  });
});
