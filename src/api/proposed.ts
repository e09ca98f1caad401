import { z } from 'zod';
import { jsonObject } from './shapes.ts';

const kind = z.string().min(1).max(64);
const called = z.string().min(1).max(128);
const mostDocuments = 500;

/** What would be in force beside everything else; nothing of it is kept. */
export const proposedDocuments = z.strictObject({
  documents: z
    .array(z.strictObject({ kind, name: called, spec: jsonObject }))
    .max(mostDocuments)
    .default([]),
  remove: z
    .array(z.strictObject({ kind, name: called }))
    .max(mostDocuments)
    .default([]),
});
