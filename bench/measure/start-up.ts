import { startRoostProcess } from '../targets/roost.ts';
import { median } from './rounds.ts';
import type { Workshop } from './workshop.ts';

/** Milliseconds from the start of the process to the first 200 of /ready: on nothing, and on a database. */
export async function startUp(shop: Workshop): Promise<{ emptyMs: number; existingMs: number }> {
  const rounds = 5;
  const empty: number[] = [];
  const existing: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const folder = shop.folder();
    for (const list of [empty, existing]) {
      const { running, readyMs } = await startRoostProcess({ folder });
      list.push(readyMs);
      await running.stop();
    }
  }
  return { emptyMs: median(empty), existingMs: median(existing) };
}
