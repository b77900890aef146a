import { percentileMs } from '../../domain/insight/durations.ts';
import type { Figures } from '../../domain/insight/figures.ts';
import { NO_COUNTRY } from '../../domain/insight/figures.ts';
import type { Channel } from '../../domain/message.ts';
import { duration } from './pieces.ts';

const NUMBER = new Intl.NumberFormat('en');
const COUNTRIES = new Intl.DisplayNames('en', { type: 'region' });
const MICROS = 1_000_000;

export const NOTHING = '–';

export const whole = (count: number): string => NUMBER.format(count);

/** A share as `63 %`, or with one decimal where it is small; a dash where there is nothing to have a share of. */
export function share(part: number, of: number): string {
  if (of === 0) return NOTHING;
  const percent = (part / of) * 100;
  const digits = percent > 0 && percent < 10 ? 1 : 0;
  return `${percent.toFixed(digits)} %`;
}

/** Amounts by currency, as `EUR 12.40`. */
export function money(costs: { readonly [currency: string]: number }): string {
  const parts = Object.entries(costs).sort(([a], [b]) => (a < b ? -1 : 1));
  if (parts.length === 0) return NOTHING;
  return parts.map(([currency, micros]) => `${currency} ${amount(micros)}`).join(', ');
}

function amount(micros: number): string {
  const units = micros / MICROS;
  const digits = units !== 0 && Math.abs(units) < 1 ? 4 : 2;
  return new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: digits }).format(
    units,
  );
}

/** A percentile of durations, as they are kept: to two digits. */
export function percentile(durations: Figures['toDelivery'], part: number): string {
  const ms = percentileMs(durations, part);
  return ms === null ? NOTHING : duration(ms);
}

export function countryName(code: string): string {
  if (code === NO_COUNTRY) return 'No country (e-mail and the like)';
  try {
    return COUNTRIES.of(code) ?? code;
  } catch {
    return code;
  }
}

export const CHANNEL_NAMES: { readonly [channel in Channel]: string } = {
  sms: 'SMS',
  flash: 'Flash SMS',
  tts: 'Voice call',
  email: 'E-mail',
  whatsapp: 'WhatsApp',
};
export const channelName = (channel: string): string => CHANNEL_NAMES[channel as Channel] ?? channel;
