import { type Html, html } from '../../kernel/html.ts';
import { countryName, whole } from './figure-words.ts';

/** Every country as a tile of equal size, about where it lies. */
const GRID = `
.. .. .. .. .. .. .. .. GL .. .. .. IS .. .. NO SE FI .. .. RU .. .. .. .. .. ..
CA .. .. .. .. .. PM .. .. .. .. .. .. FO .. DK EE LV LT BY .. .. .. .. .. .. ..
US .. .. .. .. .. BM .. .. .. .. IE GB IM NL DE PL CZ SK UA MD KZ MN .. .. .. ..
MX .. .. BS .. .. .. .. .. .. JE GG BE LU CH LI AT HU RO BG GE UZ KG CN KP .. ..
GT BZ CU TC .. .. .. .. .. .. .. FR AD MC IT SM SI HR RS MK AM TM TJ .. KR JP ..
SV HN JM HT DO PR VG AI .. .. PT ES GI .. VA MT BA ME XK TR AZ AF PK NP BT TW ..
NI .. KY AW VI MF BL AG .. .. .. .. .. .. .. .. AL GR CY SY IQ IR IN BD MM HK MO
CR .. .. CW SX KN MS GP .. .. EH MA DZ TN LY EG .. .. LB JO KW BH LK MV LA VN PH
PA .. BQ TT DM MQ LC VC .. CV MR ML NE TD SD .. .. IL PS SA QA AE .. .. TH KH GU
CO VE GY SR GF GD BB .. .. GM SN BF NG CF SS ER DJ .. .. YE OM .. .. .. MY SG MP
EC PE BR .. .. .. .. .. .. GW GN CI GH CM ET SO .. .. .. .. .. .. IO BN ID TL PW
.. BO PY .. .. .. .. .. .. .. SL LR TG GQ UG KE SC .. .. .. .. .. CC CX PG SB FM
.. CL UY .. .. .. .. .. .. .. .. ST BJ GA RW TZ KM .. .. .. .. .. .. .. AU NR MH
.. AR .. .. .. .. .. AC .. .. .. .. .. CG CD BI YT .. .. .. .. .. .. .. NC VU KI
.. FK .. .. .. .. .. SH .. .. .. .. .. AO ZM MW MG .. .. .. .. .. .. .. NF FJ TV
.. .. .. .. .. .. .. TA .. .. .. .. .. NA BW ZW MZ MU .. .. .. .. .. .. NZ TO WS
.. .. .. .. .. .. .. .. .. .. .. .. .. ZA LS SZ RE .. .. .. .. .. WF TK CK NU AS
.. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. PF .. .. .. ..`
  .trim()
  .split('\n')
  .map((row) => row.trim().split(' '));

const TILE = 34;
const GAP = 3;
const ROWS = GRID.length;
const COLUMNS = GRID[0]?.length ?? 0;

export type Place = { readonly country: string; readonly count: number };

/** How strongly a tile is coloured: 0 for none, else by the order of magnitude of its part of the most. */
function strength(count: number, most: number): number {
  if (count === 0) return 0;
  const part = count / most;
  return part > 0.3 ? 4 : part > 0.1 ? 3 : part > 0.01 ? 2 : 1;
}

/** Where codes went. Each tile that has any leads to its verifications; the table beside it says the same. */
export function tileMap(places: readonly Place[], linkOf: (country: string) => string): Html {
  const counts = new Map(places.map(({ country, count }) => [country, count]));
  const most = Math.max(1, ...places.map(({ count }) => count));
  const tiles = GRID.flatMap((row, y) =>
    row.flatMap((country, x) => (country === '..' ? [] : [tile(country, x, y, counts.get(country) ?? 0)])),
  );
  function tile(country: string, x: number, y: number, count: number): Html {
    const [left, top] = [x * TILE, y * TILE];
    const size = TILE - GAP;
    const level = strength(count, most);
    const shape = html`<rect class="t${level}" x="${left}" y="${top}" width="${size}" height="${size}" rx="5"/><text class="t${level}" x="${left + size / 2}" y="${top + size / 2 + 4}" text-anchor="middle">${country}</text>`;
    if (count === 0) return html`<g>${shape}</g>`;
    return html`<a href="${linkOf(country)}" aria-label="${country}, ${countryName(country)}: ${whole(count)}"><title>${countryName(country)}: ${whole(count)}</title>${shape}</a>`;
  }
  const size = `0 0 ${COLUMNS * TILE} ${ROWS * TILE}`;
  return html`<div class="map" role="region" aria-label="Map of countries" tabindex="0"><svg viewBox="${size}" class="tiles">${tiles}</svg></div>`;
}
