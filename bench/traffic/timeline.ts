import type { Scene } from './scene.ts';

type Step = () => Promise<void> | void;
type Planned = { readonly atMs: number; readonly turn: number; readonly step: Step };

/** What happens when: steps are taken one after another in the order of their times, and may plan further ones. */
export type Timeline = {
  at(atMs: number, step: Step): void;
  /** Takes every step that is planned, moving the scene's clock. */
  run(): Promise<void>;
};

export function timelineOf(scene: Scene): Timeline {
  const heap: Planned[] = [];
  let turn = 0;
  return {
    at(atMs, step) {
      turn += 1;
      push(heap, { atMs, turn, step });
    },
    async run() {
      for (let next = pop(heap); next !== undefined; next = pop(heap)) {
        scene.moveTo(Math.max(scene.nowMs(), Math.round(next.atMs)));
        await next.step();
      }
    },
  };
}

const isBefore = (a: Planned | undefined, b: Planned | undefined): boolean =>
  a !== undefined && b !== undefined && (a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn));

function push(heap: Planned[], planned: Planned): void {
  heap.push(planned);
  for (let i = heap.length - 1; i > 0; ) {
    const above = (i - 1) >> 1;
    if (!isBefore(heap[i], heap[above])) return;
    swap(heap, i, above);
    i = above;
  }
}

function pop(heap: Planned[]): Planned | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  heap[0] = last;
  for (let i = 0; ; ) {
    const [left, right] = [2 * i + 1, 2 * i + 2];
    const least = isBefore(heap[right], heap[left]) ? right : left;
    if (!isBefore(heap[least], heap[i])) return first;
    swap(heap, i, least);
    i = least;
  }
}

function swap(heap: Planned[], a: number, b: number): void {
  const [one, other] = [heap[a], heap[b]];
  if (one !== undefined) heap[b] = one;
  if (other !== undefined) heap[a] = other;
}
