import type { Preset } from './preset.ts';
import { infobip } from './presets/infobip.ts';
import { plivo } from './presets/plivo.ts';
import { sinch } from './presets/sinch.ts';
import { telegram } from './presets/telegram.ts';
import { telnyx } from './presets/telnyx.ts';

/** Gateways that need no description of the operator's, by the name that a configuration gives as `preset`. */
export const PRESETS: Readonly<Record<string, Preset>> = { infobip, plivo, sinch, telegram, telnyx };
