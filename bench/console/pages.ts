import { table } from '../measure/table.ts';
import { serve } from './child.ts';

const TIMES = 15;

/** How long each page takes, from request to the last byte. */
export async function measurePages(folder: string): Promise<string> {
  const roost = await serve(folder);
  await roost.say('hold');
  const get = async (path: string) => {
    const beganMs = performance.now();
    const answer = await fetch(roost.url + path, { headers: { cookie: roost.cookie } });
    const text = await answer.text();
    return { ms: performance.now() - beganMs, status: answer.status, text };
  };
  const list = await get('/console/verifications?mode=live');
  const id = /verifications\/([0-9a-f]{32})/.exec(list.text)?.[1] ?? '';
  const whom = (17).toString(16).padStart(32, 'b');
  const older = /before=([0-9a-f]{32})/.exec(list.text)?.[1] ?? '';
  const list_ = '/console/verifications';
  const pages: readonly (readonly [string, string])[] = [
    ['home, 30 days', '/console'],
    ['home, today', '/console?period=today'],
    ['CSV of countries', '/console/figures/country.csv'],
    ['list', list_],
    ['list, older', `${list_}?before=${older}`],
    ['by recipient', `${list_}?whom=${whom}`],
    ['by reference', `${list_}?reference=order-4321`],
    ['by a reference that is not there', `${list_}?reference=no-such-one`],
    ['state failed', `${list_}?state=failed`],
    ['deleted test codes of one project', `${list_}?state=deleted&mode=test&project=shop`],
    ['one country and provider', `${list_}?country=ZA&provider=twilio&channel=tts`],
    ['a country with nothing', `${list_}?country=NZ`],
    ['a project that is not there', `${list_}?project=none`],
    ['words of a reason', `${list_}?reason=unknown&channel=flash`],
    ['words that are in no reason', `${list_}?reason=zzz`],
    ['refused', `${list_}?state=refused`],
    ['one verification', `${list_}/${id}`],
  ];
  const rows: string[][] = [];
  for (const [name, path] of pages) {
    const times: number[] = [];
    let status = 0;
    for (let i = 0; i < TIMES; i += 1) {
      const answer = await get(path);
      times.push(answer.ms);
      status = answer.status;
    }
    times.sort((a, b) => a - b);
    rows.push([name, String(status), (times[TIMES >> 1] ?? 0).toFixed(1), (times.at(-1) ?? 0).toFixed(1)]);
  }
  await roost.stop();
  return table(['page', 'status', 'median ms', 'most ms'], rows);
}
