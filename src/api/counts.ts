import { z } from 'zod';
import { limits } from '#kernel/limits.ts';
import { isBackground, refused } from '#planes/audit/index.ts';
import {
  countGroups,
  type GroupField,
  isGroupField,
  type RecordAnswer,
  type RecordGroup,
} from '#planes/query/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { reach } from './annotation-view.ts';
import { personRoute, type Route } from './route.ts';

/** Pages of records that one answer counts: some seconds of work at most. */
const pagesCounted = 10;
const mostFields = 3;

export const countRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/audit/counts',
    summary: 'How many records fit a question, by one of their fields',
    action: 'log.read',
    recordedBy: 'route',
    recordsQuery: true,
    role: 'auditor',
    query: z.strictObject({
      q: z.string().max(limits.auditQueryBytes).default(''),
      view: z.string().min(1).max(64).optional(),
      by: z.string().min(1).max(128),
      cursor: z.string().min(1).max(128).optional(),
    }),
    answer: z.strictObject({
      asked: z.string(),
      by: z.array(z.string()),
      groups: z.array(
        z.strictObject({ values: z.array(z.string().nullable()), count: z.number() }),
      ),
      records: z.number(),
      next: z.string().optional(),
      reach: z.array(reach),
      unreadable: z.number(),
    }),
    /** INVARIANT: what is counted was read from its log and proved there; the index only says where to look. */
    async handle({ parts, tenant, query: { q: query, view, by: words, cursor }, signal }) {
      const by = fieldsOf(words);
      const groups: RecordGroup[] = [];
      let answer: RecordAnswer | undefined;
      let records = 0;
      for (let page = 0; page < pagesCounted; page += 1) {
        if (page > 0 && answer?.next === undefined) break;
        answer = await parts.records.ask(
          {
            tenant,
            query,
            view,
            newestFirst: false,
            most: limits.auditQueryRows,
            cursor: answer?.next ?? cursor,
            counted: false,
          },
          signal,
        );
        const found = answer.records.map(({ record }) => record);
        groups.push(...countGroups(found, by, { refused, isBackground }));
        records += found.length;
      }
      const { asked = query, next, reach: told = [], unreadable = 0 } = answer ?? {};
      return {
        asked,
        by: [...by],
        groups: groups.map(({ values, count }) => ({ values: [...values], count })),
        records,
        reach: [...told],
        unreadable,
        ...(next === undefined ? {} : { next }),
      };
    },
  }),
];

function fieldsOf(words: string): readonly GroupField[] {
  const fields = words.split(',');
  const odd = fields.find((word) => !isGroupField(word));
  if (odd !== undefined || new Set(fields).size !== fields.length || fields.length > mostFields) {
    const message =
      odd === undefined
        ? `\`by\` takes 1 to ${mostFields} different fields`
        : `records are not counted by \`${odd}\``;
    throw new BailiwickError('api/invalid', {
      message,
      suggestedAction: 'count by `day` and the fields that `bailiwick audit views` lists',
    });
  }
  return fields.filter(isGroupField);
}
