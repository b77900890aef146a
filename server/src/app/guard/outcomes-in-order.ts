/** What happens later than it is learnt of, in the order of its time; what is told first comes first. */
export class Outcomes<T> {
  readonly #heap: { readonly atMs: number; readonly turn: number; readonly what: T }[] = [];
  #turn = 0;

  add(atMs: number, what: T): void {
    const heap = this.#heap;
    this.#turn += 1;
    heap.push({ atMs, turn: this.#turn, what });
    for (let i = heap.length - 1; i > 0; ) {
      const above = (i - 1) >> 1;
      if (!this.#isBefore(i, above)) return;
      this.#swap(i, above);
      i = above;
    }
  }

  /** Takes all that happens no later than `atMs`. */
  before(atMs: number, take: (what: T) => void): void {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= atMs; first = this.#heap[0]) {
      this.#removeFirst();
      take(first.what);
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      const least = this.#isBefore(2 * i + 2, 2 * i + 1) ? 2 * i + 2 : 2 * i + 1;
      if (!this.#isBefore(least, i)) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return one !== undefined;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.turn < other.turn);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
