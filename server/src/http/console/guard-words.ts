import type { Rule } from '../../domain/guard/rules.ts';
import { amountOf } from '../../domain/words/lint-costs.ts';
import { duration } from './pieces.ts';

/** What a rule allows, in a few words. */
export function boundOf(rule: Rule): string {
  switch (rule.kind) {
    case 'limit': {
      const most = rule.of === 'micros' ? amountOf({ micros: rule.most, currency: '' }) : String(rule.most);
      const of = {
        sends: rule.for === 'texts' ? 'texts' : 'codes',
        unverified: 'unverified codes',
        wrong: 'wrong guesses',
        micros: 'of money',
      }[rule.of];
      const on =
        rule.on === 'line'
          ? `kind of number${rule.lines === undefined ? '' : ` (${rule.lines.join(', ')})`}`
          : rule.on;
      return `${most} ${of} for each ${on} within ${duration(rule.windowMs)}`;
    }
    case 'countries':
    case 'voice':
      if (rule.allow === null) return 'all countries';
      return rule.allow.length === 0 ? 'no country' : rule.allow.join(', ');
    case 'ranges':
      return 'numbers that nobody reads a code at';
    case 'cool-down':
      return `waits of ${rule.waitsMs.map((ms) => ms / 1000).join(', ')} s`;
    case 'sequence':
      return `${rule.most} numbers within ${rule.gap} of one another`;
    case 'rate':
      return `${rule.most} ${rule.for === 'texts' ? 'texts' : 'codes'} within two seconds for each ${rule.on}`;
    case 'brake':
      return `closes below ${Math.round(rule.closesBelow * 100)} % verified of ${rule.leastSends} or more, for each ${rule.on}`;
    case 'campaign':
      return `${rule.wrongADay} wrong guesses a day`;
    default:
      return rule satisfies never;
  }
}
