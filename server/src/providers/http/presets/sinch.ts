import type { Preset } from '../preset.ts';

const authorization = { authorization: 'Bearer {apiToken}' };

/**
 * Sinch SMS REST API (developers.sinch.com/docs/sms). Receipts bear an HMAC where that has been set for the
 * service plan.
 */
export const sinch: Preset = {
  about: 'SMS and flash SMS by Sinch, SMS REST API',
  channels: ['sms', 'flash'],
  baseUrl: 'https://eu.sms.api.sinch.com',
  values: {
    servicePlanId: { description: 'the service plan' },
    apiToken: { description: 'the API token of the service plan' },
    webhookSecret: {
      description: 'the HMAC secret of its callbacks, to check receipts with',
      isOptional: true,
    },
  },
  description: {
    send: {
      method: 'POST',
      url: '{baseUrl}/xms/v1/{servicePlanId}/batches',
      headers: authorization,
      json: {
        from: '{originator}',
        to: ['{to}'],
        body: '{text}',
        type: 'mt_text',
        flash_message: '{isFlash:boolean}',
        expire_at: '{expiresAt}',
        client_reference: '{messageId}',
        delivery_report: 'per_recipient_final',
        callback_url: '{receiptUrl}',
      },
    },
    outcomes: [{ status: ['2xx'], where: 'json:/id', outcome: 'accepted' }],
    reference: 'json:/id',
    errorCode: 'json:/code',
    receipt: {
      status: 'json:/status',
      delivered: ['Delivered'],
      undelivered: ['Aborted', 'Cancelled', 'Rejected', 'Deleted', 'Failed', 'Expired'],
      reference: 'json:/batch_id',
      reason: 'json:/code',
      signature: {
        algorithm: 'hmac-sha256',
        key: '{webhookSecret}',
        header: 'x-sinch-webhook-signature',
        encoding: 'base64',
        over: '{body}.{header:x-sinch-webhook-signature-nonce}.{header:x-sinch-webhook-signature-timestamp}',
        timestamp: { header: 'x-sinch-webhook-signature-timestamp', maxAgeSeconds: 300 },
      },
    },
    check: {
      method: 'GET',
      url: '{baseUrl}/xms/v1/{servicePlanId}/batches',
      headers: authorization,
      query: { page_size: '1' },
    },
  },
};
