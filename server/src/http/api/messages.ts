import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { TOKEN_LENGTH } from '../../domain/code.ts';
import { CHANNELS, type Channel, DATACODINGS, type Datacoding } from '../../domain/message.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Price } from '../../domain/price.ts';
import { FINDINGS, lintTemplate } from '../../domain/words/lint.ts';
import { amountOf, costsOf } from '../../domain/words/lint-costs.ts';
import { answer, nullable } from '../described.ts';
import { opensTo } from '../key-scopes.ts';
import { answers } from './described.ts';
import { closed, text } from './pieces.ts';

export type MessageRouteDeps = {
  readonly policy: (projectId: string) => Policy;
  readonly prices: readonly Price[];
};

const MOST_TEMPLATE = 5_000;

const LintRequest = Type.Object(
  {
    template: text('The text, `%token` in the place of the code.', { maxLength: MOST_TEMPLATE }),
    channel: Type.Optional(Type.Enum([...CHANNELS], { description: 'Default sms.' })),
    datacoding: Type.Optional(Type.Enum([...DATACODINGS], { description: 'Default plain, as in Verify.' })),
    tokenLength: Type.Optional(
      Type.Integer({ minimum: TOKEN_LENGTH.least, maximum: TOKEN_LENGTH.most, description: 'Default 6.' }),
    ),
    appHost: Type.Optional(text('As in Verify.', { maxLength: 260 })),
    appHash: Type.Optional(text('As in Verify.', { maxLength: 11 })),
    country: Type.Optional(
      text('Where it would be sent (ISO 3166-1 alpha-2), for what it costs.', { pattern: '^[A-Z]{2}$' }),
    ),
  },
  { ...closed, title: 'LintRequest' },
);

const Lint = Type.Object(
  {
    taken: Type.Boolean({ description: 'Whether a create takes it.' }),
    text: nullable(text('As it goes out, zeros in the place of the code.')),
    segments: nullable(
      Type.Object(
        {
          encoding: Type.Enum(['gsm7', 'ucs2']),
          units: Type.Integer({ description: 'Its length: septets, or UTF-16 units.' }),
          capacity: Type.Integer({ description: 'What so many segments hold.' }),
          segments: Type.Integer({ description: 'Messages that are carried and billed.' }),
          lost: Type.Array(Type.String(), { description: 'Characters that are sent as question marks.' }),
        },
        { ...closed, description: 'Of text messages.' },
      ),
    ),
    findings: Type.Array(
      Type.Object(
        {
          code: Type.Enum([...FINDINGS]),
          level: Type.Enum(['refused', 'advice']),
          message: text('What is so and what would be right.'),
          found: Type.Array(Type.String(), { description: 'What in the template it is about.' }),
        },
        closed,
      ),
    ),
    suggestion: nullable(text('The template mended, where that can be done without knowing what is meant.')),
    costs: Type.Array(
      Type.Object(
        {
          provider: Type.String(),
          amount: text('In decimals of the currency.'),
          currency: text('ISO 4217.'),
        },
        closed,
      ),
      { description: 'By the price book, the cheapest first.' },
    ),
  },
  { ...closed, title: 'Lint' },
);

const schema = {
  ...{ tags: ['Messages'], operationId: 'lintMessage', summary: 'Explain a template' },
  description: 'Segments, cost, lost and hidden characters, forbidden links. Nothing is sent or kept.',
  body: LintRequest,
  response: { ...answers.lint, 200: answer('What was found.', Lint) },
} as FastifySchema;

type Body = {
  readonly template: string;
  readonly channel?: Channel;
  readonly datacoding?: Datacoding;
  readonly tokenLength?: number;
  readonly appHost?: string;
  readonly appHash?: string;
  readonly country?: string;
};

/** `/v1/messages/lint`. */
export function messageRoutes(app: FastifyInstance, { policy, prices }: MessageRouteDeps): void {
  app.post<{ Body: Body }>('/messages/lint', { schema, ...opensTo('messages') }, async (request) => {
    const {
      template,
      channel = 'sms',
      datacoding = 'plain',
      tokenLength = TOKEN_LENGTH.usual,
    } = request.body;
    const { appHost = null, appHash = null, country = null } = request.body;
    const draft = { template, channel, datacoding, tokenLength, appHost, appHash };
    const { isTaken, segments, ...told } = lintTemplate(draft, policy(request.caller.projectId));
    const costs = costsOf(prices, channel, country, segments?.segments ?? 1).map(({ provider, cost }) => ({
      ...{ provider, amount: amountOf(cost), currency: cost.currency },
    }));
    return { taken: isTaken, ...told, segments, costs };
  });
}
