import { z } from 'zod';
import { personRoute, type Route } from './route.ts';
import { id } from './shapes.ts';

/** Later words about what is on record; how they are read is where records are. */
export const annotationRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/annotations',
    summary: 'Say something of a record or a task',
    action: 'log.annotated',
    recordedBy: 'plane',
    act: 'annotate',
    role: ['auditor', 'owner'],
    body: z.strictObject({
      /** A record, an annotation among them, or a task. */
      about: id,
      note: z.string(),
      withdraw: z.boolean().default(false),
    }),
    answer: z.strictObject({
      id: z.string(),
      annotates: z.strictObject({ kind: z.enum(['record', 'task']), id: z.string() }),
    }),
    handle: ({ parts, body, person: by }) => parts.desks.annotations.annotate({ by, ...body }),
  }),
];
