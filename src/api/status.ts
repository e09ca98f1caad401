import type { Route } from './route.ts';

export const statusRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/status',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    handle: ({ parts }) => parts.status(),
  },
];
