import { personRoute, type Route } from './route.ts';
import { jsonObject } from './shapes.ts';

export const statusRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/status',
    summary: 'What runs, what is protected, what is red',
    action: 'api.read',
    recordedBy: 'route-if-possible',
    role: 'auditor',
    // What runs says of itself what it has to say.
    answer: jsonObject,
    handle: ({ parts, tenant }) => parts.status(tenant),
  }),
];
