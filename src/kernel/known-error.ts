export interface KnownError {
  readonly status: number;
  readonly message: string;
  readonly suggestedAction: string;
}

export function known(status: number, message: string, suggestedAction: string): KnownError {
  return { status, message, suggestedAction };
}

export const waitForOperator = 'ask the operator of this gateway; a retry does not help';
