import { describe, expect, it } from 'vitest';
import { matchRoute } from './match-route.ts';
import { routes } from './routes.ts';

const match = (method: string, path: string) => {
  const found = matchRoute(routes, method, path);
  return typeof found === 'string' ? found : [found.route.path, { ...found.params }];
};

describe('the router', () => {
  it.each([
    ['GET', '/v1/tools/fake/pay', ['/v1/tools/:server/:tool', { server: 'fake', tool: 'pay' }]],
    [
      'GET',
      '/v1/tools/fake/a%2Fb.c',
      ['/v1/tools/:server/:tool', { server: 'fake', tool: 'a/b.c' }],
    ],
    ['POST', '/v1/stops/release', ['/v1/stops/release', {}]],
    ['GET', '/v1/approvals/%E2%80%AE', ['/v1/approvals/:id', { id: '\u202e' }]],
    ['PATCH', '/v1/stops', 'wrong-method'],
    ['GET', '/v1/stops/release', 'wrong-method'],
    ['GET', '/v1/stops/', 'not-found'],
    ['GET', '/v1/tools//pay', 'not-found'],
    ['GET', '/v1/tools/%/pay', 'not-found'],
    ['GET', '/V1/stops', 'not-found'],
    ['GET', '/v1/tools/fake/pay/approve/more', 'not-found'],
    ['GET', '', 'not-found'],
  ])('finds for %s %s: %j', (method, path, found) => {
    expect(match(method, path)).toEqual(found);
  });

  it('finds each route by itself: none hides another', () => {
    for (const { method, path } of routes) {
      const place = path.replace(/:([a-z]+)/g, 'x');
      expect(match(method, place)).toEqual([path, expect.anything()]);
    }
  });
});
