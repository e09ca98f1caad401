/** What a rule found in a definition, with the words that it matched: whoever reads it can disagree. */
export interface Finding {
  readonly rule: string;
  /** Serious: nobody approves it by accident. */
  readonly severity: 'serious' | 'minor';
  readonly message: string;
  readonly words: readonly string[];
}

export function finding(
  rule: string,
  severity: Finding['severity'],
  message: string,
  words: readonly string[] = [],
): Finding {
  return { rule, severity, message, words };
}
