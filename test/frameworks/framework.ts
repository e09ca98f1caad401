/** Where an agent is sent, and the one credential that it has for its tools and its model alike. */
export interface Doors {
  readonly mcp: string;
  readonly llm: string;
  readonly model: string;
}

export interface Task {
  readonly prompt: string;
  readonly bearer: string;
}

/** How it ended for whoever started the agent: an answer of the model, or the fault that it raised. */
export interface Ended {
  readonly as: 'answer' | 'fault';
  readonly text: string;
}

/** Something that drives a model with tools, and knows nothing of the gateway but two addresses. */
export interface Framework {
  readonly name: string;
  readonly runtime: 'node' | 'python';
  /** Sends a call of a tool that it was not offered. The others never ask the gateway for it. */
  readonly asksForUnlisted?: true;
  start(doors: Doors): Promise<Running>;
}

export interface Running {
  run(task: Task): Promise<Ended>;
  close(): Promise<void>;
}

export const mostTurns = 12;

export function faultOf(fault: unknown): Ended {
  const { name, message } = fault as { name?: string; message?: string };
  return { as: 'fault', text: `${name ?? 'Error'}: ${(message ?? String(fault)).slice(0, 300)}` };
}
