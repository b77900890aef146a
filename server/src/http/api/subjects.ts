import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { type EraseDeps, eraseRecipient } from '../../app/erasure/erase.ts';
import { exportRecipient } from '../../app/erasure/export.ts';
import type { Mode } from '../../domain/scope.ts';
import { readSubject } from '../../domain/subject.ts';
import { maskRecipient } from '../../kernel/mask.ts';
import { answer } from '../described.ts';
import { opensTo } from '../key-scopes.ts';
import { shared } from './described.ts';

export type SubjectRouteDeps = EraseDeps;

const closed = { additionalProperties: false };
const About = Type.Object(
  {
    recipient: Type.String({
      description: 'A phone number with its country code, such as +31612345678, or an e-mail address.',
      minLength: 1,
      maxLength: 320,
    }),
  },
  { ...closed, title: 'Subject' },
);
const count = (description: string) => Type.Integer({ description, minimum: 0 });
const Erasure = Type.Object(
  {
    recipient: Type.String({ description: 'Masked.' }),
    erased: Type.Object(
      {
        verifications: count('With their messages, events and codes.'),
        texts: count('Texts without a code.'),
        lookups: count('Questions to networks.'),
        refusals: count('Sendings that the guard refused.'),
        factors: count('Phones and mailboxes of users.'),
        places: count('Networks and devices where a code succeeded.'),
        answers: count('Answers kept for repeats with an Idempotency-Key.'),
      },
      { ...closed, description: 'How many of each are gone.' },
    ),
    lostFactors: Type.Array(
      Type.Object(
        {
          user: Type.String(),
          kind: Type.String(),
          mode: Type.Enum(['live', 'test']),
          consequence: Type.String({ description: 'What it means for the user.' }),
        },
        closed,
      ),
      { description: 'Users who can no longer prove themselves by this phone or mailbox.' },
    ),
    notes: Type.Array(Type.String(), { description: 'What is left, and why.' }),
  },
  { ...closed, title: 'Erasure' },
);
const Things = Type.Array(Type.Object({}, { additionalProperties: true }));
const Export = Type.Object(
  {
    recipient: Type.String({ description: 'In full.' }),
    exportedAt: Type.String({ format: 'date-time' }),
    ...{ verifications: Things, texts: Things, lookups: Things, refusals: Things, factors: Things },
    ...{ places: Things, erasedCodes: Things },
  },
  { ...closed, title: 'Export' },
);

const scope =
  'With a live key everything of its project, of test keys too; with a test key what test keys made, and nothing else.';
const schemaOf = (operationId: string, summary: string, more: object) => ({
  ...opensTo('privacy'),
  schema: { tags: ['Privacy'], operationId, summary, body: About, ...more } as FastifySchema,
});
const { 404: _, ...refusals } = shared;

/** `/v1/erasures` and `/v1/exports`: what is kept about a recipient. */
export function subjectRoutes(app: FastifyInstance, deps: SubjectRouteDeps): void {
  app.post<{ Body: { recipient: string } }>(
    '/erasures',
    schemaOf('eraseRecipient', 'Erase everything about a recipient', {
      ...{ description: `${scope} Doing it again does no harm.` },
      response: { 200: answer('Erased.', Erasure), ...refusals },
    }),
    async (request) => {
      const recipient = readSubject(request.body.recipient);
      const { keyId } = request.caller;
      const { counts, factors, named } = await eraseRecipient(deps, keyId, {
        ...whoseOf(request),
        recipient,
      });
      return {
        ...{ recipient: maskRecipient(recipient.address), erased: counts },
        lostFactors: factors.map(({ user, kind, mode }) => ({ user, kind, mode, consequence: CONSEQUENCE })),
        notes: [GUESSES, ...named.map((mode) => `${NAMED} (${mode})`)],
      };
    },
  );

  app.post<{ Body: { recipient: string } }>(
    '/exports',
    schemaOf('exportRecipient', 'Tell everything that is kept about a recipient', {
      ...{ description: scope, response: { 200: answer('All of it.', Export), ...refusals } },
    }),
    async (request) => {
      const recipient = readSubject(request.body.recipient);
      return exportRecipient(deps, request.caller.keyId, { ...whoseOf(request), recipient });
    },
  );
}

/** A test key never touches what is live. */
function whoseOf({ caller: { projectId, mode } }: FastifyRequest): {
  projectId: string;
  modes: readonly Mode[];
} {
  return { projectId, modes: mode === 'live' ? ['live', 'test'] : ['test'] };
}

const CONSEQUENCE = 'it cannot be used to sign in or approve any more; see that the user has another factor';
const GUESSES = 'wrong guesses count until they are 30 days old, under a keyed hash that nothing else uses';
const NAMED =
  'a user has this very number or address as its name in your service; names of users are yours to choose and stay';
