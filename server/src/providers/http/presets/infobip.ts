import type { Preset } from '../preset.ts';

const authorization = { authorization: 'App {apiKey}' };
const OVER = ['UNDELIVERABLE', 'EXPIRED', 'REJECTED'];

/** Infobip SMS API v3 (infobip.com/docs/api/channels/sms). Receipts bear no signature: their address is the secret. */
export const infobip: Preset = {
  about: 'SMS and flash SMS by Infobip, SMS API v3',
  channels: ['sms', 'flash'],
  baseUrl: null,
  values: { apiKey: { description: 'an API key of the account, with the scope sms:message:send' } },
  description: {
    send: {
      method: 'POST',
      url: '{baseUrl}/sms/3/messages',
      headers: authorization,
      validity: { least: 1, most: 172_800 },
      json: {
        messages: [
          {
            sender: '{originator}',
            destinations: [{ to: '{toDigits}' }],
            content: { text: '{text}' },
            options: {
              validityPeriod: { amount: '{validitySeconds:number}', timeUnit: 'SECONDS' },
              flash: '{isFlash:boolean}',
            },
            webhooks: { delivery: { url: '{receiptUrl}' } },
          },
        ],
      },
    },
    outcomes: [
      { status: ['2xx'], where: 'json:/messages/0/status/groupName', is: OVER, outcome: 'refused' },
      { status: ['2xx'], where: 'json:/messages/0/messageId', outcome: 'accepted' },
    ],
    reference: 'json:/messages/0/messageId',
    errorCode: 'json:/messages/0/status/name',
    receipt: {
      status: 'json:/results/0/status/groupName',
      delivered: ['DELIVERED'],
      undelivered: OVER,
      reference: 'json:/results/0/messageId',
      reason: 'json:/results/0/error/name',
      cost: {
        amount: 'json:/results/0/price/pricePerMessage',
        currency: 'json:/results/0/price/currency',
      },
    },
    check: {
      method: 'GET',
      url: '{baseUrl}/account/1/balance',
      headers: authorization,
      note: 'json:/balance',
    },
  },
};
