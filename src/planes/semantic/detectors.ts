export interface Detector {
  readonly name: string;
  /** Linear by construction: literals, classes and bounded repetition, no nesting, no alternation of overlaps. */
  readonly pattern: RegExp;
}

/** Our own reviewed patterns; nobody outside adds one. */
export const detectors: readonly Detector[] = [
  { name: 'aws-access-key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'github-token', pattern: /\bgh[opsur]_[A-Za-z0-9]{36,255}\b/g },
  { name: 'github-fine-grained', pattern: /\bgithub_pat_[A-Za-z0-9_]{50,255}\b/g },
  { name: 'gitlab-token', pattern: /\bglpat-[A-Za-z0-9_-]{20,64}/g },
  { name: 'slack-token', pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,250}/g },
  { name: 'stripe-key', pattern: /\b[rs]k_live_[A-Za-z0-9]{16,250}\b/g },
  { name: 'anthropic-key', pattern: /\bsk-ant-[A-Za-z0-9_-]{20,250}/g },
  { name: 'openai-key', pattern: /\bsk-(?:proj-)?[A-Za-z0-9_-]{32,250}/g },
  { name: 'google-api-key', pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { name: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'pypi-token', pattern: /\bpypi-[A-Za-z0-9_-]{50,500}/g },
  { name: 'sendgrid-key', pattern: /\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}/g },
  { name: 'azure-storage-key', pattern: /AccountKey=[A-Za-z0-9+/]{60,120}={0,2}/g },
  {
    name: 'private-key',
    pattern: /-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,8192}/g,
  },
  {
    name: 'jwt',
    pattern: /\beyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,8192}\.[A-Za-z0-9_-]{20,2048}/g,
  },
];

/** The prefixes of all of them at once: most text has none and is read once. */
export const anyPrefix =
  /AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|xox[abprs]-|[rs]k_live_|sk-|AIza|npm_|pypi-|SG\.|AccountKey=|-----BEGIN |eyJ/;
