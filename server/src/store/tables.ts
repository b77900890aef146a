export { accessKeys } from './tables/access-keys.ts';
export { challenges } from './tables/challenges.ts';
export { factors, factorsOfUser } from './tables/factors.ts';
export { haunts } from './tables/haunts.ts';
export { messages } from './tables/messages.ts';
export { settings } from './tables/settings.ts';
export { users } from './tables/users.ts';
export { guessHistory, verifications } from './tables/verifications.ts';
