import { type RunningWorld, startWorld } from '../e2e/world.ts';
import { sayYes } from '../e2e/say-yes.ts';

/** One for each client: what one of them has used up is not missing to the next. */
const mostHurried = 40;

function hurriedAgents(): string {
  const one = (at: number) => `---
kind: Agent
name: hurried-${at}
spec: { owner: ada@example.com, purpose: asks too often, manifest: foreign, rate: { perMinute: 120, burst: 12 }, unbound: { effects: [read, write] } }`;
  return Array.from({ length: mostHurried }, (_, at) => one(at)).join('\n');
}

/** Agents for clients that can prove nothing: a bearer in a header is all that they have. */
const strangers = `
---
kind: Agent
name: stranger
spec: { owner: ada@example.com, purpose: unmodified clients, manifest: foreign, rate: { perMinute: 60000, burst: 6000 }, unbound: { effects: [read, write] } }
${hurriedAgents()}
---
kind: Manifest
name: foreign
spec: { tools: [ { tool: fake/echo }, { tool: fake/add }, { tool: fake/pay }, { tool: fake/note } ] }
`;

export interface ClientWorld {
  readonly world: RunningWorld;
  readonly gateway: string;
  bearer(agent: 'stranger' | 'hurried'): Promise<string>;
  admin(path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Says yes to whatever waits. */
  approveAll(): Promise<number>;
  close(): Promise<void>;
}

export async function startClientWorld(args: readonly string[] = []): Promise<ClientWorld> {
  const world = await startWorld(strangers, { args });
  let hurried = -1;
  const admin = (path: string, body?: unknown) => world.instance.admin.request('POST', path, body);
  return {
    world,
    gateway: world.gateway,
    admin,
    async bearer(agent) {
      const name = agent === 'stranger' ? agent : `hurried-${(hurried += 1) % mostHurried}`;
      const { accessToken } = await admin(`/v1/agents/${name}/token`);
      if (typeof accessToken !== 'string') throw new Error('no bearer was issued');
      return accessToken;
    },
    async approveAll() {
      const { approvals } = await world.instance.admin.request('GET', '/v1/approvals');
      const waiting = (approvals as { id: string; state: string }[]).filter(
        ({ state }) => state === 'pending',
      );
      for (const { id } of waiting) {
        await sayYes(world.instance.admin, id);
      }
      return waiting.length;
    },
    close: () => world.close(),
  };
}
