import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';

export interface EnvironmentEntry {
  readonly name: string;
  readonly purpose: string;
}

const environmentSpec = z.strictObject({ purpose: z.string().trim().min(1).max(2_000) });

/**
 * An environment that there is: `dev`, `staging`, `production`. Which one an installation is, whoever starts it says
 * (`up --environment`); agents and policies name those in which they hold.
 */
export const environmentKind: DocumentKind<EnvironmentEntry> = {
  kind: 'Environment',
  section: section<EnvironmentEntry>('environments'),
  schema: environmentSpec,
  parse(name, given) {
    const parsed = environmentSpec.safeParse(given);
    if (parsed.success) return { kind: 'parsed', entry: { name, ...parsed.data }, references: [] };
    const { issues } = parsed.error;
    const problems = documentProblems('Environment', given, issues, environmentSpec);
    return { kind: 'problems', problems };
  },
};
