import type { Preset } from '../preset.ts';

/** Plivo Message API (plivo.com/docs/messaging/api). Receipts are signed by signature V2, which covers the address. */
export const plivo: Preset = {
  about: 'SMS by Plivo, Message API',
  channels: ['sms'],
  baseUrl: 'https://api.plivo.com',
  values: {
    authId: { description: 'the Auth ID of the account' },
    authToken: { description: 'the Auth Token of the account' },
  },
  description: {
    send: {
      method: 'POST',
      url: '{baseUrl}/v1/Account/{authId}/Message/',
      basic: { user: '{authId}', password: '{authToken}' },
      validity: { least: 5, most: 14_400 },
      json: {
        src: '{originator}',
        dst: '{to}',
        text: '{text}',
        type: 'sms',
        message_expiry: '{validitySeconds:number}',
        url: '{receiptUrl}',
        method: 'POST',
      },
    },
    outcomes: [{ status: ['2xx'], where: 'json:/message_uuid/0', outcome: 'accepted' }],
    reference: 'json:/message_uuid/0',
    receipt: {
      status: 'form:Status',
      delivered: ['delivered', 'read'],
      undelivered: ['failed', 'undelivered', 'rejected'],
      reference: 'form:MessageUUID',
      reason: 'form:ErrorCode',
      cost: { amount: 'form:TotalAmount', currency: 'text:USD' },
      signature: {
        algorithm: 'hmac-sha256',
        key: '{authToken}',
        header: 'X-Plivo-Signature-V2',
        encoding: 'base64',
        over: '{url}{header:x-plivo-signature-v2-nonce}',
      },
    },
    check: {
      method: 'GET',
      url: '{baseUrl}/v1/Account/{authId}/',
      basic: { user: '{authId}', password: '{authToken}' },
      note: 'json:/cash_credits',
    },
  },
};
