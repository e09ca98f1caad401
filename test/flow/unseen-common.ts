import type { JsonObject } from '#kernel/json/value.ts';

/** ToolServer documents that more than one domain has. */
export const addressBook: JsonObject = {
  tools: {
    lookup: {
      effect: 'read',
      flow: {
        results: {
          directory: true,
          asserted: ['people[].id', 'people[].name', 'people[].email', 'people[].team'],
          ids: ['people[].id'],
          names: ['people[].name'],
        },
      },
    },
  },
};

export const inbox: JsonObject = {
  effect: 'read',
  flow: {
    results: {
      asserted: ['messages[].id', 'messages[].from', 'messages[].received'],
      ids: ['messages[].id'],
      names: ['messages[].from'],
    },
  },
};

export const send: JsonObject = {
  effect: 'write',
  flow: {
    deeds: ['send', 'mail', 'email', 'reply', 'answer', 'forward', 'write'],
    sinks: {
      'to[]': 'recipient',
      'cc[]': 'recipient',
      'bcc[]': 'recipient',
      subject: 'payload',
      body: 'payload',
    },
  },
};

export const notes: JsonObject = {
  tools: {
    open: { effect: 'read' },
    save: {
      effect: 'write',
      reversible: true,
      flow: {
        deeds: ['save', 'note', 'write', 'keep', 'put', 'remember'],
        sinks: { title: 'path', text: 'payload' },
      },
    },
  },
};

/** What one agent leaves for another: whose turn it is, and what it wrote. */
export const handover: JsonObject = {
  tools: {
    inbox: {
      effect: 'read',
      flow: {
        results: {
          asserted: ['items[].id', 'items[].from'],
          ids: ['items[].id'],
          names: ['items[].from'],
        },
      },
    },
  },
};

export const web: JsonObject = {
  tools: {
    fetch: {
      effect: 'read',
      flow: {
        speaks: true,
        deeds: ['open', 'fetch', 'read', 'look', 'check', 'see', 'visit'],
        sinks: { url: 'url' },
      },
    },
  },
};
