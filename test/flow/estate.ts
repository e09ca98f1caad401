import type { JsonObject } from '#kernel/json/value.ts';

/** ToolServer documents of a small company, as an operator would write them: what the stories run on. */
export const servers: Readonly<Record<string, JsonObject>> = {
  desk: {
    tools: {
      read_ticket: {
        effect: 'read',
        flow: {
          results: {
            asserted: ['id', 'status', 'requester.email', 'requester.name'],
            ids: ['id'],
            names: ['id', 'requester.name'],
          },
        },
      },
      close_ticket: {
        effect: 'write',
        reversible: true,
        flow: { deeds: ['close', 'resolve'], sinks: { id: 'objectId', note: 'payload' } },
      },
      set_ticket: {
        effect: 'write',
        reversible: true,
        flow: {
          deeds: ['set', 'change', 'update', 'raise', 'move'],
          sinks: { id: 'objectId', priority: 'flag', due: 'date' },
        },
      },
    },
  },
  mail: {
    tools: {
      read_mail: {
        effect: 'read',
        flow: {
          results: {
            asserted: ['mails[].id', 'mails[].from'],
            ids: ['mails[].id'],
            names: ['mails[].from'],
          },
        },
      },
      send_mail: {
        effect: 'write',
        flow: {
          deeds: ['send', 'mail', 'write', 'reply', 'answer', 'forward'],
          sinks: { to: 'recipient', cc: 'recipient', subject: 'payload', body: 'payload' },
        },
      },
      delete_mail: {
        effect: 'delete',
        flow: { deeds: ['delete', 'remove'], sinks: { id: 'objectId' } },
      },
    },
  },
  people: {
    tools: {
      find_contact: {
        effect: 'read',
        flow: {
          results: {
            directory: true,
            asserted: ['contacts[].name', 'contacts[].email', 'contacts[].id'],
            ids: ['contacts[].id'],
            names: ['contacts[].name'],
          },
        },
      },
      set_bank: {
        effect: 'write',
        flow: {
          deeds: ['change', 'set', 'update'],
          sinks: { person: 'objectId', iban: 'account' },
        },
      },
    },
  },
  bank: {
    tools: {
      transactions: {
        effect: 'read',
        flow: {
          results: {
            asserted: [
              'transactions[].id',
              'transactions[].amount',
              'transactions[].account',
              'transactions[].name',
            ],
            ids: ['transactions[].id'],
            names: ['transactions[].name', 'transactions[].id'],
          },
        },
      },
      transfer: {
        effect: 'write',
        flow: {
          deeds: ['pay', 'transfer', 'send', 'refund'],
          sinks: { account: 'account', amount: 'amount', date: 'date', subject: 'payload' },
        },
      },
    },
  },
  files: {
    tools: {
      read: { effect: 'read' },
      write: {
        effect: 'write',
        reversible: true,
        flow: {
          deeds: ['write', 'save', 'store', 'note'],
          sinks: { path: 'path', text: 'payload' },
        },
      },
      remove: {
        effect: 'delete',
        flow: { deeds: ['delete', 'remove', 'clean'], sinks: { path: 'path' } },
      },
      share: {
        effect: 'write',
        flow: { deeds: ['share'], sinks: { path: 'path', with: 'recipient', public: 'flag' } },
      },
    },
  },
  calendar: {
    tools: {
      events: {
        effect: 'read',
        flow: {
          results: {
            asserted: ['events[].id', 'events[].start', 'events[].organizer'],
            ids: ['events[].id'],
            names: ['events[].start', 'events[].organizer'],
          },
        },
      },
      create: {
        effect: 'write',
        reversible: true,
        flow: {
          deeds: ['create', 'schedule', 'invite', 'book', 'plan'],
          sinks: { title: 'payload', start: 'date', guests: 'recipient' },
        },
      },
      cancel: {
        effect: 'delete',
        flow: { deeds: ['cancel', 'delete'], sinks: { id: 'objectId' } },
      },
    },
  },
  chat: {
    tools: {
      read: {
        effect: 'read',
        flow: { results: { asserted: ['messages[].by'], names: ['messages[].by'] } },
      },
      post: {
        effect: 'write',
        flow: {
          deeds: ['post', 'tell', 'write', 'announce'],
          sinks: { channel: 'recipient', text: 'payload' },
        },
      },
    },
  },
  repo: {
    tools: {
      issue: {
        effect: 'read',
        flow: { results: { asserted: ['number', 'author'], ids: ['number'], names: ['number'] } },
      },
      comment: {
        effect: 'write',
        flow: {
          deeds: ['comment', 'answer', 'reply'],
          sinks: { number: 'objectId', text: 'payload' },
        },
      },
      grant: {
        effect: 'write',
        flow: { deeds: ['grant', 'give', 'add'], sinks: { user: 'recipient', role: 'flag' } },
      },
    },
  },
  web: {
    tools: {
      fetch: {
        effect: 'read',
        flow: {
          speaks: true,
          deeds: ['open', 'fetch', 'read', 'look', 'check'],
          sinks: { url: 'url' },
        },
      },
    },
  },
  shop: {
    tools: {
      orders: {
        effect: 'read',
        flow: {
          results: {
            asserted: ['orders[].id', 'orders[].item', 'orders[].total', 'orders[].customer'],
            ids: ['orders[].id'],
            names: ['orders[].item', 'orders[].id'],
          },
        },
      },
      refund: {
        effect: 'write',
        flow: { deeds: ['refund'], sinks: { order: 'objectId', amount: 'amount' } },
      },
      cancel: { effect: 'delete', flow: { deeds: ['cancel'], sinks: { order: 'objectId' } } },
    },
  },
};
