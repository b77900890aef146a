import type { AuthBank } from './auth.ts';
import { isLanguage, type Words, wordsIn } from './words/words.ts';

/**
 * Tells a customer of something by a text message to each of their phones, in the language that they use. Nobody waits
 * for it: what happened has happened, and stands on the security page as well.
 */
export function tellCustomer(
  { customers, roost, tellStaff }: AuthBank,
  customerId: string,
  write: (words: Words) => string,
): void {
  const language = customers.languageOf(customerId);
  const body = write(wordsIn(isLanguage(language) ? language : 'en'));
  for (const recipient of customers.phoneNumbers(customerId)) {
    roost.texts
      .send({ recipient, body, originator: 'BirdBank' })
      .catch((error: unknown) => tellStaff(`a notice could not be sent: ${error}`));
  }
}
