export { accessKeys } from './tables/access-keys.ts';
export {
  allAuditCheckpoints,
  auditCheckpoints,
  auditEntries,
  auditEntriesAt,
} from './tables/audit.ts';
export { breakers } from './tables/breakers.ts';
export { challenges } from './tables/challenges.ts';
export { deliveryRates, oldRatesOfProvider, ratesOfProvider } from './tables/delivery-rates.ts';
export { erasedCodes, erasedCodesOf } from './tables/erased-codes.ts';
export { factors, factorsOfUser } from './tables/factors.ts';
export { figureHeadsBefore, figureHeadsSince, figures, figuresSince } from './tables/figures.ts';
export { haunts } from './tables/haunts.ts';
export { hlrs, hlrsOfNumber } from './tables/hlrs.ts';
export { idempotencyKeys } from './tables/idempotency-keys.ts';
export {
  allLayers,
  countingLayers,
  layers,
  layersOfPart,
  layerVersions,
  versionsOfLayer,
} from './tables/layers.ts';
export { messages } from './tables/messages.ts';
export {
  allOperators,
  operatorLinks,
  operatorSessions,
  operators,
  operatorsNamed,
  operatorsOfRole,
  sessionsOfOperator,
} from './tables/operators.ts';
export { passkeys } from './tables/passkeys.ts';
export { redemptions } from './tables/redemptions.ts';
export { refusals } from './tables/refusals.ts';
export { settings } from './tables/settings.ts';
export { sieves } from './tables/sieves.ts';
export { heldSigningKeys, retiredSigningKeys, signingKeys } from './tables/signing-keys.ts';
export { partsOfTally, tallies } from './tables/tallies.ts';
export { texts, textsOfBatch } from './tables/texts.ts';
export { tokens, tokensIn } from './tables/tokens.ts';
export { users } from './tables/users.ts';
export {
  guessHistory,
  provenVerifications,
  recentVerifications,
  verifications,
} from './tables/verifications.ts';
export {
  deliveriesOfStream,
  eventStreams,
  toldOf,
  untold,
  webhookDeliveries,
  webhookEndpoints,
  webhookEndpointsIn,
  webhookEndpointsOf,
} from './tables/webhooks.ts';
