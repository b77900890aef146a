import { Type } from 'typebox';
import { SIGNALS } from '../../domain/guard/signals.ts';
import { closed, moment, text } from './pieces.ts';

/** What this wire tells of the guard's decisions. */

const nullable = (type: ReturnType<typeof Type.String>) => Type.Union([type, Type.Null()]);

const Reading = Type.Object(
  {
    rule: text('The rule, by the name that the configuration knows it by.'),
    value: Type.Number({
      description: 'What it counted, this sending included; of a conversion rule per cent.',
    }),
    most: Type.Number({ description: 'What is allowed; of a conversion rule the least per cent.' }),
    verdict: Type.Enum(['under', 'over', 'would-refuse'], {
      description: '`would-refuse`: it only monitors, or the sandbox would have carried the code.',
    }),
    note: Type.Optional(text('In words, where numbers do not say it.')),
  },
  { ...closed, title: 'Reading' },
);

export const Decision = Type.Object(
  {
    outcome: Type.Enum(['sent', 'refused']),
    at: moment('When it was decided.'),
    channel: text('The channel that was asked for.'),
    recipient: nullable(text('Of a refusal and of a text: the recipient, masked.')),
    country: nullable(text('Of a refusal and of a text: the country (ISO 3166-1).')),
    rule: nullable(text('The rule that refused.')),
    retryAt: nullable(moment('When the same request may succeed.')),
    whence: Type.Enum(['known', 'unknown', 'new', 'unsaid'], {
      description:
        'Whether the recipient has succeeded from this address or device within 30 days (`new`: from none); `unsaid` when the create named none.',
    }),
    exempt: Type.Union([Type.Enum(['verified', 'listed']), Type.Null()], {
      description:
        'Why rules on blocks, countries and kinds of numbers held nothing back: verified here within 90 days, or on the safe list.',
    }),
    readings: Type.Array(Reading, { description: 'Every rule that was judged, in order.' }),
    signals: Type.Object(
      {
        score: Type.Number({ minimum: 0, maximum: 100, description: 'All parts together, 100 at most.' }),
        parts: Type.Array(
          Type.Object(
            { name: Type.Enum([...SIGNALS]), points: Type.Number() },
            { ...closed, title: 'Signal' },
          ),
        ),
      },
      { ...closed, title: 'Signals', description: 'What stood out about the number. No rule decides by it.' },
    ),
  },
  { ...closed, title: 'Decision' },
);

export const OfTexts = Type.Object({
  id: Type.String({ description: 'Id of the message or voice message.' }),
});

export const Decisions = Type.Object({ decisions: Type.Array(Decision) }, { ...closed, title: 'Decisions' });
