import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { type RetentionEntry, retentions } from '#contracts/retention.ts';

/** Never shorter than any calendar makes them: a month has 31 days, a year 366. */
const unitMs: Readonly<Record<string, number>> = {
  d: 86_400_000,
  mo: 31 * 86_400_000,
  y: 366 * 86_400_000,
};

const time = z
  .string()
  .regex(/^[1-9]\d{0,3}(?:d|mo|y)$/, 'a time such as `90d`, `13mo` or `7y`')
  .transform((text) => Number.parseInt(text, 10) * (unitMs[text.replace(/^\d+/, '')] ?? 0));

interface Profile {
  readonly minimumMs: number;
  readonly onlineMs?: number;
  readonly basis: string;
}

/**
 * INVARIANT: a basis says what the rule binds, and where a period is the reading of whoever ships it. None of it is
 * advice.
 */
const profiles: Readonly<Record<string, Profile>> = {
  finance: {
    minimumMs: 7 * (unitMs['y'] ?? 0),
    basis:
      "17 CFR 210.2-06 binds auditors' workpapers for 7 years; for other records 7 years are a choice",
  },
  healthcare: {
    minimumMs: 6 * (unitMs['y'] ?? 0),
    basis:
      'HIPAA 45 CFR 164.316(b)(2)(i): required documentation for 6 years; 164.312(b) names no period for audit records',
  },
  pci: {
    minimumMs: 12 * (unitMs['mo'] ?? 0),
    onlineMs: 3 * (unitMs['mo'] ?? 0),
    basis: 'PCI DSS 4.0.1, 10.5.1: 12 months, of which the last 3 are available at once',
  },
  'ai-act': {
    minimumMs: 6 * (unitMs['mo'] ?? 0),
    basis:
      'Regulation (EU) 2024/1689, Art. 19(1) and 26(6): logs of high-risk systems for at least 6 months',
  },
  'sec-17a-4': {
    minimumMs: 6 * (unitMs['y'] ?? 0),
    basis: '17 CFR 240.17a-4: 3 or 6 years by kind of record; here the longer for all',
  },
};

const spec = z.strictObject({
  profile: z.enum(['finance', 'healthcare', 'pci', 'ai-act', 'sec-17a-4', 'custom']),
  classes: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/))
    .min(1)
    .max(32)
    .optional(),
  minimum: time.optional(),
  maximum: time.optional(),
  online: time.optional(),
  basis: z.string().trim().min(1).max(500).optional(),
});

const judged = spec.superRefine((given, context) => {
  const profile = profiles[given.profile];
  const say = (path: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [path], message });
  };
  const minimum = given.minimum ?? profile?.minimumMs;
  if (minimum === undefined) say('minimum', 'a custom profile says how long records are kept');
  if (profile === undefined && given.basis === undefined) {
    say('basis', 'a custom profile says why: a law, a contract, a decision');
  }
  if (profile !== undefined && (minimum ?? 0) < profile.minimumMs) {
    say('minimum', `shorter than \`${given.profile}\` asks for`);
  }
  if (given.maximum !== undefined && given.maximum < (minimum ?? 0)) {
    say('maximum', 'records cannot go before they may');
  }
  if (given.online !== undefined && given.online < (profile?.onlineMs ?? 0)) {
    say('online', `shorter than \`${given.profile}\` asks for`);
  }
});

/** How long records are kept. It takes nothing away that another document, or an earlier one, keeps. */
export const retentionKind: DocumentKind<RetentionEntry> = {
  kind: 'Retention',
  section: retentions,
  schema: spec,
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = judged.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Retention', given, parsed.error.issues, spec);
      return { kind: 'problems', problems };
    }
    const { profile: chosen, classes, minimum, maximum, online, basis } = parsed.data;
    const profile = profiles[chosen];
    const onlineMs = online ?? profile?.onlineMs;
    const entry: RetentionEntry = {
      name,
      profile: chosen,
      basis: [profile?.basis, basis].filter((text) => text !== undefined).join('; '),
      minimumMs: minimum ?? profile?.minimumMs ?? 0,
      ...(classes === undefined ? {} : { classes }),
      ...(maximum === undefined ? {} : { maximumMs: maximum }),
      ...(onlineMs === undefined ? {} : { onlineMs }),
    };
    return { kind: 'parsed', entry, references: [] };
  },
};
