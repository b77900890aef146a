import type { Preset } from '../preset.ts';

const authorization = { authorization: 'Bearer {apiToken}' };

/**
 * Telegram Gateway (core.telegram.org/gateway/api): the code as a message of Telegram's own to whoever has the
 * number. The words around it are Telegram's, and codes have 4 to 8 digits.
 */
export const telegram: Preset = {
  about: 'Codes in Telegram, by the Telegram Gateway',
  channels: ['sms'],
  baseUrl: 'https://gatewayapi.telegram.org',
  values: {
    apiToken: { description: 'the API token of the gateway account' },
    senderUsername: { description: 'a verified channel of yours that sends the code', isOptional: true },
  },
  description: {
    send: {
      method: 'POST',
      url: '{baseUrl}/sendVerificationMessage',
      headers: authorization,
      validity: { least: 30, most: 3_600 },
      json: {
        phone_number: '{to}',
        code: '{code}',
        sender_username: '{senderUsername}',
        ttl: '{validitySeconds:number}',
        callback_url: '{receiptUrl}',
      },
    },
    outcomes: [
      { where: 'json:/error', is: ['FLOOD_WAIT*', 'TOO_MANY_REQUESTS'], outcome: 'busy' },
      { where: 'json:/ok', is: ['false'], outcome: 'refused' },
      { status: ['2xx'], where: 'json:/result/request_id', outcome: 'accepted' },
    ],
    reference: 'json:/result/request_id',
    errorCode: 'json:/error',
    cost: { amount: 'json:/result/request_cost', currency: 'text:USD' },
    receipt: {
      status: 'json:/delivery_status/status',
      delivered: ['delivered', 'read'],
      undelivered: ['expired', 'revoked'],
      reference: 'json:/request_id',
      cost: { amount: 'json:/request_cost', currency: 'text:USD' },
      signature: {
        algorithm: 'hmac-sha256',
        key: '{apiToken}',
        keyDigest: 'sha256',
        header: 'X-Request-Signature',
        encoding: 'hex',
        over: '{header:x-request-timestamp}\n{body}',
        timestamp: { header: 'X-Request-Timestamp', maxAgeSeconds: 300 },
      },
    },
  },
};
