import type { ModelConnection, ModelProvider, ProviderEntry } from '#contracts/model-provider.ts';

/** One connection to each provider of each tenant, opened when it is first asked. */
export interface ModelConnections {
  open(tenant: string, entry: ProviderEntry): ModelConnection;
}

interface Open {
  readonly entry: ProviderEntry;
  readonly connection: ModelConnection;
}

export function createModelConnections(provider: ModelProvider): ModelConnections {
  const open = new Map<string, Open>();
  return {
    open(tenant, entry) {
      const key = `${tenant}\n${entry.name}`;
      const known = open.get(key);
      if (known?.entry.digest === entry.digest) return known.connection;
      const connection = provider.open(entry);
      open.set(key, { entry, connection });
      if (known !== undefined) closeLater(known);
      return connection;
    },
  };
}

/** What is still answered over the old connection may come to its end. */
function closeLater({ entry, connection }: Open): void {
  setTimeout(() => void connection.close(), entry.timeoutMs).unref();
}
