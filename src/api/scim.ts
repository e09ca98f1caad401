import type { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { type ScimAnswer, scimError } from '#planes/directory/index.ts';
import type { WebAnswer, WebAsked, WebRoute } from './web-route.ts';

const root = '/scim/v2';

/**
 * SCIM 2.0, for whatever provisions people here (docs/directory.md). The desk behind it says who may, by a
 * token of its own kind, and puts on record what came of it.
 */
export const scimRoutes: readonly WebRoute[] = [
  ...resourceRoutes('Users', 'directory.user-changed'),
  ...resourceRoutes('Groups', 'directory.group-changed'),
  ...['ServiceProviderConfig', 'ResourceTypes', 'Schemas'].map((place) =>
    scimRoute('GET', place, { id: false, action: 'api.read' }),
  ),
  ...['ResourceTypes', 'Schemas'].map((place) =>
    scimRoute('GET', place, { id: true, action: 'api.read' }),
  ),
];

function resourceRoutes(place: string, action: WebRoute['action']): readonly WebRoute[] {
  return [
    scimRoute('GET', place, { id: false, action: 'api.read' }),
    scimRoute('POST', place, { id: false, action }),
    scimRoute('GET', place, { id: true, action: 'api.read' }),
    ...(['PUT', 'PATCH', 'DELETE'] as const).map((method) =>
      scimRoute(method, place, { id: true, action }),
    ),
  ];
}

function scimRoute(
  method: WebRoute['method'],
  place: string,
  { id, action }: { readonly id: boolean; readonly action: WebRoute['action'] },
): WebRoute {
  return {
    method,
    path: `${root}/${place}${id ? '/:id' : ''}`,
    action,
    recordedBy: 'plane',
    encoding: 'scim',
    crossOrigin: false,
    serve: (asked) => serve({ method, place }, asked),
    tellRefusal,
  };
}

async function serve(
  { method, place }: Pick<WebRoute, 'method'> & { readonly place: string },
  asked: WebAsked,
): Promise<WebAnswer> {
  const { scim } = asked.parts.desks;
  const { params, query, body, headers, origin } = asked;
  const token = await scim.tokenOf(headers.authorization);
  return webAnswer(
    await scim.serve({
      token,
      method,
      place,
      id: params['id'],
      query,
      body,
      ifMatch: headers['if-match'],
      ifNoneMatch: headers['if-none-match'],
      base: `${origin}${root}`,
    }),
  );
}

function webAnswer({ status, headers, body }: ScimAnswer): WebAnswer {
  return {
    status,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: body === undefined ? '' : canonicalText(body),
  };
}

function tellRefusal(problem: BailiwickError): WebAnswer {
  return webAnswer({ status: problem.status, headers: {}, body: scimError(problem) });
}
