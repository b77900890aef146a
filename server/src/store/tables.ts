export { accessKeys } from './tables/access-keys.ts';
export { messages } from './tables/messages.ts';
export { settings } from './tables/settings.ts';
export { guessHistory, verifications } from './tables/verifications.ts';
