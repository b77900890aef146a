import { storeContract } from './contract.ts';
import { ask, freshDatabase, holdOpen, openNode } from './postgres-support.ts';

storeContract('PostgreSQL', async (t) => {
  const url = await freshDatabase();
  let store = await openNode(t, url);
  return {
    store,
    look: (sql, values = []) => ask(url, sql, values),
    hold: (name) => holdOpen(url, "UPDATE settings SET value = 'held' WHERE name = $1", [name]),
    async reopen() {
      await store.close();
      store = await openNode(t, url);
      return store;
    },
  };
});
