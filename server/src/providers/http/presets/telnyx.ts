import type { Preset } from '../preset.ts';

/** Telnyx Messaging API v2 (developers.telnyx.com/api-reference/messages). Receipts are signed with Ed25519. */
export const telnyx: Preset = {
  about: 'SMS by Telnyx, Messaging API v2',
  channels: ['sms'],
  baseUrl: 'https://api.telnyx.com',
  values: {
    apiKey: { description: 'an API key (v2) of the account' },
    messagingProfileId: { description: 'the messaging profile, for senders of letters', isOptional: true },
    publicKey: {
      description: 'the public key of the account in base64, to check receipts with',
      isOptional: true,
    },
  },
  description: {
    send: {
      method: 'POST',
      url: '{baseUrl}/v2/messages',
      headers: { authorization: 'Bearer {apiKey}' },
      json: {
        from: '{originator}',
        to: '{to}',
        text: '{text}',
        type: 'SMS',
        messaging_profile_id: '{messagingProfileId}',
        webhook_url: '{receiptUrl}',
        use_profile_webhooks: false,
      },
    },
    outcomes: [
      { status: ['2xx'], where: 'json:/data/to/0/status', is: ['sending_failed'], outcome: 'refused' },
      { status: ['2xx'], where: 'json:/data/id', outcome: 'accepted' },
    ],
    reference: 'json:/data/id',
    errorCode: 'json:/errors/0/code',
    cost: { amount: 'json:/data/cost/amount', currency: 'json:/data/cost/currency' },
    receipt: {
      status: 'json:/data/payload/to/0/status',
      delivered: ['delivered'],
      undelivered: ['sending_failed', 'delivery_failed'],
      reference: 'json:/data/payload/id',
      reason: 'json:/data/payload/errors/0/code',
      cost: { amount: 'json:/data/payload/cost/amount', currency: 'json:/data/payload/cost/currency' },
      signature: {
        algorithm: 'ed25519',
        key: '{publicKey}',
        header: 'telnyx-signature-ed25519',
        encoding: 'base64',
        over: '{header:telnyx-timestamp}|{body}',
        timestamp: { header: 'telnyx-timestamp', maxAgeSeconds: 300 },
      },
    },
    check: {
      method: 'GET',
      url: '{baseUrl}/v2/balance',
      headers: { authorization: 'Bearer {apiKey}' },
      note: 'json:/data/balance',
    },
  },
};
