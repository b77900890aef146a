/** Where customers are led when they have signed in. */
export const HOME = '/accounts';
