import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { webRoutes } from './web-routes.ts';

let world: ControlWorld;

beforeAll(async () => {
  world = await createControlWorld();
});

afterAll(() => world.close());

describe('every web route', () => {
  it('is at one place of its own', () => {
    const places = webRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
    expect(places.length).toBeGreaterThan(1);
  });

  it.each(webRoutes)(
    '$method $path is asked by other pages only where it says so',
    async (route) => {
      const answer = await fetch(`${world.url}${route.path.replace(/:[a-z]+/g, 'x')}`, {
        method: route.method,
        headers: { origin: 'https://evil.example' },
        redirect: 'manual',
      });
      expect(answer.status === 403).toBe(!route.crossOrigin);
    },
  );
});

describe('the metadata of the authorization server', () => {
  it('is found under both names, for a while, by anybody [SYS-016]', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const answer = await fetch(`${world.url}/.well-known/${name}`);
      const seconds = limits.metadataMs / 1_000;
      expect(answer.headers.get('cache-control')).toBe(`public, max-age=${seconds}`);
      // RFC 8414 §3.3: the same as where it was asked for.
      expect(await answer.json()).toMatchObject({ issuer: world.url });
    }
  });
});
