import { awsProvider, awsSettings } from './aws.ts';
import type { ProviderDeps } from './deps.ts';
import { httpProvider } from './http/gateway.ts';
import { HTTP_SECRETS, httpSchema, readGateway } from './http/read.ts';
import { messagebirdProvider, messagebirdSettings } from './messagebird.ts';
import type { Provider } from './provider.ts';
import { type Fields, readSettings, type Schema, type SettingsOf, schemaOf, secretsOf } from './settings.ts';
import { smppProvider, smppSettings } from './smpp.ts';
import { smtpProvider, smtpSettings } from './smtp.ts';
import { twilioProvider, twilioSettings } from './twilio.ts';
import { vonageProvider, vonageSettings } from './vonage.ts';
import { whatsappProvider, whatsappSettings } from './whatsapp.ts';

/**
 * The kinds of providers that a configuration may name, as `"providers": { "<id>": { "kind": "<kind>", … } }`.
 *
 * Adding one: its file with `<name>Settings` (each setting with its description, what it may be, and whether it
 * is secret) and `<name>Provider(id, settings, deps)`, one entry here, a page in docs/providers. From the settings
 * come the sentences about a wrong configuration, the JSON Schema, and what is masked when it is shown.
 */
export type ProviderKind = {
  readonly about: string;
  /** JSON Schema of its object in the configuration, `kind` apart. */
  readonly schema: Schema;
  /** Names of settings whose values are never shown. */
  readonly secrets: readonly string[];
  /**
   * Reads its object of the configuration, found at `at` (such as `providers.bird`). Adds a line to `problems`
   * for each thing that is wrong, and answers null then; else what makes the provider. Opens no connection.
   */
  read(given: Readonly<Record<string, unknown>>, at: string, problems: string[]): MakeProvider | null;
};
export type MakeProvider = (id: string, deps: ProviderDeps) => Provider;

const HTTP_ABOUT = "Anyone's gateway over HTTP, by a preset or a description";

export const PROVIDER_KINDS = {
  messagebird: kind(
    'SMS, flash SMS and voice messages by MessageBird (Bird), classic REST API',
    messagebirdSettings,
    messagebirdProvider,
  ),
  twilio: kind('SMS and voice by Twilio', twilioSettings, twilioProvider),
  vonage: kind('SMS and voice by Vonage, Messages and Voice API', vonageSettings, vonageProvider),
  aws: kind('SMS and voice by AWS End User Messaging', awsSettings, awsProvider),
  whatsapp: kind("WhatsApp by Meta's Cloud API, authentication template", whatsappSettings, whatsappProvider),
  http: {
    about: HTTP_ABOUT,
    schema: httpSchema(HTTP_ABOUT),
    secrets: HTTP_SECRETS,
    read(given, at, problems) {
      const gateway = readGateway(given, at, problems);
      return gateway === null ? null : (id, deps) => httpProvider(id, gateway, deps);
    },
  },
  smpp: kind('SMS and flash SMS by an SMSC, over SMPP 3.4', smppSettings, smppProvider),
  smtp: kind('E-mail by a mail server, over SMTP', smtpSettings, smtpProvider),
} as const satisfies Readonly<Record<string, ProviderKind>>;

function kind<F extends Fields>(
  about: string,
  fields: F,
  make: (id: string, settings: SettingsOf<F>, deps: ProviderDeps) => Provider,
): ProviderKind {
  return {
    about,
    schema: schemaOf(fields, about),
    secrets: secretsOf(fields),
    read(given, at, problems) {
      const settings = readSettings(fields, given, at, problems, ['kind']);
      return settings === null ? null : (id, deps) => make(id, settings, deps);
    },
  };
}
