import { stateAt } from '../app/insight/search.ts';
import type { RefusalStory, Story, Thoughts } from '../app/insight/story.ts';
import type { Message } from '../domain/message.ts';
import { maskText } from '../kernel/mask.ts';
import type { Told } from './command.ts';

type Event = { readonly at: string; readonly what: string };

const time = (ms: number): string => new Date(ms).toISOString();
const event = (atMs: number, what: string): Event => ({ at: time(atMs), what: maskText(what) });

/** All that is known of one verification or refusal, masked. */
export function storyOf(story: Story | RefusalStory): Told {
  return 'refusal' in story ? ofRefusal(story) : ofVerification(story);
}

function ofVerification({ verification: v, recipient, messages, thoughts, told, nowMs }: Story): Told {
  const state = stateAt(v, nowMs);
  const timeline = [
    event(v.createdAtMs, `asked for: ${v.tokenLength} digits by ${v.channel}, until ${time(v.expiresAtMs)}`),
    ...messages.flatMap(eventsOf),
    ...(v.lastWrongAtMs === null ? [] : [event(v.lastWrongAtMs, `wrong guess, ${v.wrongGuesses} in all`)]),
    ...(v.state === 'open'
      ? []
      : [event(v.closedAtMs, v.reason === null ? v.state : `${v.state}: ${v.reason}`)]),
    ...(v.state === 'open' && state === 'expired' ? [event(v.expiresAtMs, 'expired')] : []),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const decision = thoughts === null ? null : decisionOf(thoughts);
  const webhooks = told.map(({ delivery, endpoint }) => ({
    ...{ event: delivery.type, to: endpoint ?? 'the address of the create', state: delivery.state },
    ...{ attempts: delivery.attempts.length, last: delivery.attempts.at(-1)?.error ?? null },
  }));
  const about = {
    ...{ id: v.id, project: v.projectId, mode: v.mode, channel: v.channel, state, recipient },
    ...{ reference: v.reference, originator: v.originator, createdAt: time(v.createdAtMs) },
    ...{ expiresAt: time(v.expiresAtMs), wrongGuesses: v.wrongGuesses },
    attemptsLeft: v.state === 'open' ? v.attemptsLeft : null,
  };
  return {
    json: { ...about, timeline, messages: messages.map(shownMessage), decision, webhooks },
    text: [
      `${v.id}  ${v.mode}  ${state}`,
      `recipient  ${recipient ?? 'erased'} by ${v.channel}, project ${v.projectId}${v.reference === null ? '' : `, reference ${v.reference}`}`,
      ...titled(
        'What happened',
        timeline.map(({ at, what }) => `${at}  ${what}`),
      ),
      ...titled('Why it was allowed', decision === null ? [] : linesOf(decision)),
      ...titled(
        'Webhooks',
        webhooks.map(
          ({ event: type, to, state: how, attempts }) => `${type}  to ${to}  ${how}  (tries: ${attempts})`,
        ),
      ),
    ],
  };
}

function ofRefusal({ refusal, thoughts }: RefusalStory): Told {
  const { id, projectId, mode, channel, recipient, country, rule, atMs, retryAtMs } = refusal;
  const decision = decisionOf(thoughts);
  const retryAt = retryAtMs === null ? null : time(retryAtMs);
  return {
    json: {
      ...{ id, project: projectId, mode, channel, state: 'refused', recipient, country, rule },
      ...{ createdAt: time(atMs), retryAt, decision },
    },
    text: [
      `${id}  ${mode}  refused`,
      `recipient  ${recipient} by ${channel}, project ${projectId}`,
      `${time(atMs)}  refused by the rule ${rule}${retryAt === null ? '' : `; again from ${retryAt}`}`,
      ...titled('What the guard saw', linesOf(decision)),
    ],
  };
}

type Decision = ReturnType<typeof decisionOf>;

const decisionOf = ({ whence, readings }: Thoughts) => ({ whence, rules: readings });

const linesOf = ({ whence, rules }: Decision): string[] => [
  `asked for from a place that is ${whence}`,
  ...rules.map(({ rule, value, most, verdict, note }) => {
    const marks = { under: 'ok     ', over: 'REFUSED', 'would-refuse': 'noted  ' } as const;
    return `${marks[verdict]}  ${rule.padEnd(20)} ${value} of at most ${most}${note === undefined ? '' : ` (${note})`}`;
  }),
];

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

function shownMessage(message: Message) {
  const { id, provider, channel, state, attempts, reference, routing } = message;
  const reason = 'reason' in message && message.reason !== null ? maskText(message.reason) : null;
  return {
    id,
    provider,
    channel,
    state,
    attempts,
    reference,
    cost: routing?.cost ?? routing?.estimate ?? null,
    reason,
  };
}

function eventsOf(message: Message): Event[] {
  const { provider, channel, createdAtMs, routing } = message;
  const before = routing?.taken.at(-1);
  const why = before === undefined ? '' : `, since ${before.provider} ended as ${before.how}`;
  const sentAtMs = message.state === 'pending' ? null : message.sentAtMs;
  const took = routing?.tookMs == null ? '' : `, which took ${routing.tookMs} ms to answer`;
  return [
    event(createdAtMs, `message for ${provider} by ${channel}${why}`),
    ...(sentAtMs === null ? [] : [event(sentAtMs, `handed over to ${provider}${took}`)]),
    ...(message.state === 'pending' || message.state === 'sent'
      ? []
      : [
          event(message.endedAtMs, `${message.state}${message.reason === null ? '' : `: ${message.reason}`}`),
        ]),
  ];
}
