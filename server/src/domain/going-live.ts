/** What is known of an installation that is to serve real people. */
export type LiveFacts = {
  readonly liveKeys: number;
  readonly providers: readonly { readonly id: string; readonly check: 'good' | 'bad' | 'unknown' | 'none' }[];
  readonly publicUrl: string | null;
  /** Whether rules refuse what a real provider would carry. */
  readonly isEnforced: boolean;
  /** To which countries codes may go; null for all. */
  readonly countries: readonly string[] | null;
  /** Owners who may sign in, with what they hold. */
  readonly owners: readonly { readonly hasFactor: boolean; readonly hasRecovery: boolean }[];
  readonly liveWebhooks: number;
  /** When somebody last said that they restored a backup; null when nobody has. */
  readonly restoredAtMs: number | null;
  readonly sandbox: 'loopback' | 'on' | 'off';
  /** What is known of models of authenticators; null where nobody has configured it. */
  readonly metadata: {
    readonly nextUpdate: string;
    readonly isOverdue: boolean;
    /** Why the file was not taken as it is now; null while it is. */
    readonly unread: string | null;
  } | null;
};

/** One thing to do before real people are served. */
export type LiveCheck = {
  readonly id: string;
  readonly what: string;
  /** `advised` keeps nothing from working. */
  readonly state: 'done' | 'to-do' | 'advised';
  readonly note: string;
  readonly next: { readonly text: string; readonly address: string } | null;
};

const DAY_MS = 86_400_000;
/** A restore that was tried longer ago says little. */
const RESTORE_COUNTS_MS = 90 * DAY_MS;

/** The check-list of going live, in the order in which it is best done. */
export function liveChecks(facts: LiveFacts, nowMs: number): readonly LiveCheck[] {
  return [
    ofPublicUrl(facts),
    ofProviders(facts),
    ofCountries(facts),
    ofLiveKey(facts),
    ofOwners(facts),
    ofRecovery(facts),
    ofSandbox(facts),
    ofRestore(facts, nowMs),
    ...ofMetadata(facts),
    ofWebhooks(facts),
  ];
}

type Made = Omit<LiveCheck, 'id' | 'what' | 'state'>;
const settled = (id: string, what: string, isDone: boolean, done: string, toDo: Made): LiveCheck => ({
  ...{ id, what },
  ...(isDone ? { state: 'done', note: done, next: null } : { state: 'to-do', ...toDo }),
});

function ofPublicUrl({ publicUrl }: LiveFacts): LiveCheck {
  const note =
    publicUrl === null
      ? 'Links and receipts need the address under which others reach this server. Set ROOST_PUBLIC_URL to it.'
      : `It is ${publicUrl}: set an https address, so that codes and keys do not travel in the open.`;
  return settled(
    'public-url',
    'Public address over https',
    publicUrl?.startsWith('https://') === true,
    publicUrl ?? '',
    {
      note,
      next: { text: 'How to put Roost behind https', address: '/docs/deploy' },
    },
  );
}

function ofProviders({ providers }: LiveFacts): LiveCheck {
  const what = 'A provider that carries messages';
  const bad = providers.filter(({ check }) => check === 'bad').map(({ id }) => id);
  const unasked = providers.filter(({ check }) => check === 'unknown').map(({ id }) => id);
  const toDo = (note: string, text: string, address: string) =>
    settled('provider', what, false, '', { note, next: { text, address } });
  if (providers.length === 0)
    return toDo(
      'Without one every message ends on the sandbox phone.',
      'Choose a provider',
      '/docs/providers/README',
    );
  if (bad.length > 0)
    return toDo(
      `${bad.join(', ')} did not take the credentials.`,
      'See what it said',
      `/console/providers/${bad[0]}`,
    );
  if (unasked.length > 0)
    return toDo(
      `${unasked.join(', ')} has not been asked whether it takes the credentials.`,
      'Check them now',
      `/console/providers/${unasked[0]}`,
    );
  return settled(
    'provider',
    what,
    true,
    `${providers.map(({ id }) => id).join(', ')}: ready as far as can be asked.`,
    {
      ...{ note: '', next: null },
    },
  );
}

function ofCountries({ countries, isEnforced }: LiveFacts): LiveCheck {
  const isDone = isEnforced && countries !== null;
  const note = isEnforced
    ? 'Codes may go to every country. Pumped traffic goes where you have no customers: name the countries where you have.'
    : 'ROOST_GUARD lets everything through and only writes it down. Set it to enforce.';
  const done = `Codes go to ${countries?.length ?? 0} ${countries?.length === 1 ? 'country' : 'countries'} only.`;
  return settled('countries', 'The guard knows your countries', isDone, done, {
    note,
    next: { text: 'Rules of the guard', address: '/console/guard' },
  });
}

const ofLiveKey = ({ liveKeys }: LiveFacts): LiveCheck =>
  settled('live-key', 'A live access key', liveKeys > 0, `${liveKeys} in force.`, {
    note: 'Your service uses it in the place of the test key.',
    next: { text: 'Make a live key', address: '/console/keys' },
  });

const ofOwners = ({ owners }: LiveFacts): LiveCheck =>
  settled(
    'owner',
    'Owners with a second factor',
    owners.length > 0 && owners.every(({ hasFactor }) => hasFactor),
    owners.length === 1
      ? 'One owner. A second one helps when the first is away.'
      : `${owners.length} owners.`,
    {
      note:
        owners.length === 0
          ? 'Nobody has signed up as owner yet. Invite yourself, and have a name, a password and a factor.'
          : 'An owner has no second factor yet.',
      next: { text: 'Operators', address: '/console/operators' },
    },
  );

const ofRecovery = ({ owners }: LiveFacts): LiveCheck =>
  settled(
    'recovery',
    'Recovery codes of an owner',
    owners.some(({ hasRecovery }) => hasRecovery),
    'There are some. Keep them on paper.',
    {
      note: 'Without them a lost phone locks the only owner out of this console.',
      next: { text: 'Make recovery codes', address: '/console/me' },
    },
  );

function ofSandbox({ sandbox, publicUrl }: LiveFacts): LiveCheck {
  const isPublic = publicUrl !== null && !/^https?:\/\/(?:localhost|127\.|\[::1\])/.test(publicUrl);
  const isDone = sandbox === 'off' || (sandbox === 'loopback' && isPublic);
  const done = sandbox === 'off' ? 'It is off.' : 'It is served on loopback alone.';
  return settled('sandbox', 'The sandbox phone is not public', isDone, done, {
    note:
      sandbox === 'on'
        ? 'Everybody who reaches this server can read the codes of test keys. Set ROOST_SANDBOX to off.'
        : 'It is served on loopback alone. Set ROOST_SANDBOX to off on a server for real people.',
    next: { text: 'Settings', address: '/console/settings' },
  });
}

function ofRestore({ restoredAtMs }: LiveFacts, nowMs: number): LiveCheck {
  const isDone = restoredAtMs !== null && nowMs < restoredAtMs + RESTORE_COUNTS_MS;
  const note =
    restoredAtMs === null
      ? 'A backup that nobody has restored is a hope. Restore one beside this server, then say so here.'
      : 'It is more than 90 days since somebody restored one. Try it again, then say so here.';
  const done = 'Somebody restored one within 90 days.';
  return settled('backup', 'A backup that was restored', isDone, done, {
    note,
    next: { text: 'How to back up and restore', address: '/docs/backup' },
  });
}

function ofMetadata({ metadata }: LiveFacts): readonly LiveCheck[] {
  if (metadata === null) return [];
  const { nextUpdate, isOverdue, unread } = metadata;
  const note =
    unread === null
      ? `Newer ones were due by ${nextUpdate}. Until they are there, models that were broken since are taken.`
      : `The file ${unread}. What was read before is in force${isOverdue ? `, and was to be renewed by ${nextUpdate}` : ''}.`;
  const isDone = unread === null && !isOverdue;
  return [
    settled('metadata', 'Metadata of authenticators', isDone, `The next are due by ${nextUpdate}.`, {
      ...{ note, next: { text: 'How to renew them', address: '/docs/factors#models-of-authenticators' } },
    }),
  ];
}

function ofWebhooks({ liveWebhooks }: LiveFacts): LiveCheck {
  const done = `${liveWebhooks} for live events.`;
  const found = settled('webhook', 'A webhook endpoint', liveWebhooks > 0, done, {
    note: 'Your service can learn of deliveries and failures without asking. Nothing depends on it.',
    next: { text: 'Make one', address: '/console/webhooks' },
  });
  return found.state === 'to-do' ? { ...found, state: 'advised' } : found;
}
