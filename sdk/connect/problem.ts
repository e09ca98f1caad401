/** Why a bridge or an enrolment cannot go on, in the three fields that every refusal has. */
export class ConnectProblem extends Error {
  override readonly name = 'ConnectProblem';
  readonly code: string;
  readonly suggestedAction: string;

  constructor(code: string, message: string, suggestedAction: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.suggestedAction = suggestedAction;
  }
}

export function usageProblem(message: string): ConnectProblem {
  return new ConnectProblem('cli/usage', message, 'read `bailiwick connect --help`');
}

/** Whatever was thrown, as one sentence. */
export function sentenceOf(fault: unknown): string {
  const text = fault instanceof Error ? fault.message : 'unknown fault';
  const todo = fault instanceof Error && 'suggestedAction' in fault ? fault.suggestedAction : '';
  return typeof todo === 'string' && todo !== '' ? `${text}; ${todo}` : text;
}
