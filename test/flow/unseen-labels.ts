import type { JsonObject } from '#kernel/json/value.ts';
import type { Domain } from './unseen-story.ts';

interface Said {
  readonly results?: JsonObject;
  readonly flow?: JsonObject;
}

/**
 * What whoever runs these servers would say of what their tools tell, and to whom they speak, by their names alone:
 * what is in a mailbox and in the books of customers is confidential, salaries are personal, an answer to a ticket
 * goes to a customer. INVARIANT: of tools, and never of a story.
 */
const said: Readonly<Record<string, Readonly<Record<string, Said>>>> = {
  post: { inbox: { results: { labels: ['untrusted', 'sensitive'] } } },
  hr: {
    salaries: { results: { labels: ['untrusted', 'personal'] } },
    applications: { results: { labels: ['untrusted', 'personal'] } },
  },
  crm: { accounts: { results: { labels: ['untrusted', 'sensitive'] } } },
  helpdesk: { reply: { flow: { clearance: { labels: [] } } } },
};

export function labelled({ servers, ...domain }: Domain): Domain {
  const all = Object.entries(servers).map(([server, document]) => {
    const tools = document['tools'] as Readonly<Record<string, JsonObject>>;
    const own = Object.entries(tools).map(([tool, spec]) => {
      const more = said[server]?.[tool] ?? {};
      const flow = { ...(spec['flow'] as JsonObject | undefined), ...more.flow };
      return [tool, { ...spec, ...more, ...(Object.keys(flow).length > 0 ? { flow } : {}) }];
    });
    return [server, { ...document, tools: Object.fromEntries(own) }];
  });
  return { ...domain, servers: Object.fromEntries(all) };
}
