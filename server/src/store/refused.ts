/** The database cannot be used as asked, or is damaged: told to the operator as it stands. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}
