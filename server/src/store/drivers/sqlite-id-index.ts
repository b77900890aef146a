const FIRST_SIZE = 1024;
const FULLEST = 0.6;
const ID_WORDS = 4;
const EMPTY = 0;
const REMOVED = 1;
const LEAST_CHECK = 2;

/**
 * Which rows (ids of 32 hexadecimal characters) stand in which bucket, in 24 bytes for each instead of the 250 that a map of lists
 * takes. Buckets are told apart by 64 bits of a plain hash, so `of` may rarely name a row of another bucket, and whoever reads
 * it looks at the row itself. What buckets are named after is a keyed hash: nobody can choose names that meet in one place.
 */
export class IdIndex {
  /** Where a bucket's search begins. */
  #places = new Uint32Array(FIRST_SIZE);
  /** The other half of its hash, or that nothing stands here. */
  #checks = new Uint32Array(FIRST_SIZE);
  #ids = new Uint32Array(FIRST_SIZE * ID_WORDS);
  #used = 0;

  of(bucket: string): string[] {
    const found: string[] = [];
    const [place, check] = hashOf(bucket);
    const mask = this.#checks.length - 1;
    for (let i = place & mask; this.#checks[i] !== EMPTY; i = (i + 1) & mask) {
      if (this.#checks[i] === check && this.#places[i] === place) found.push(this.#idAt(i));
    }
    return found;
  }

  /** Does nothing when it is there. */
  add(bucket: string, id: string): void {
    const [place, check] = hashOf(bucket);
    const words = wordsOf(id);
    if (this.#find(place, check, words) >= 0) return;
    if (this.#used >= this.#checks.length * FULLEST) this.#makeRoom();
    this.#put(place, check, words);
  }

  /** Does nothing when it is not there. */
  remove(bucket: string, id: string): void {
    const [place, check] = hashOf(bucket);
    const at = this.#find(place, check, wordsOf(id));
    if (at >= 0) this.#checks[at] = REMOVED;
  }

  clear(): void {
    this.#places = new Uint32Array(FIRST_SIZE);
    this.#checks = new Uint32Array(FIRST_SIZE);
    this.#ids = new Uint32Array(FIRST_SIZE * ID_WORDS);
    this.#used = 0;
  }

  #find(place: number, check: number, words: Words): number {
    const mask = this.#checks.length - 1;
    for (let i = place & mask; this.#checks[i] !== EMPTY; i = (i + 1) & mask) {
      if (this.#checks[i] !== check || this.#places[i] !== place) continue;
      const at = i * ID_WORDS;
      const ids = this.#ids;
      if (
        ids[at] === words[0] &&
        ids[at + 1] === words[1] &&
        ids[at + 2] === words[2] &&
        ids[at + 3] === words[3]
      )
        return i;
    }
    return -1;
  }

  #put(place: number, check: number, words: Words): void {
    const mask = this.#checks.length - 1;
    let i = place & mask;
    while (this.#checks[i] !== EMPTY) i = (i + 1) & mask;
    this.#places[i] = place;
    this.#checks[i] = check;
    for (let word = 0; word < ID_WORDS; word += 1) this.#ids[i * ID_WORDS + word] = words[word] ?? 0;
    this.#used += 1;
  }

  /** Leaves out what was removed, and doubles unless that is half of it. */
  #makeRoom(): void {
    const [places, checks, ids] = [this.#places, this.#checks, this.#ids];
    let live = 0;
    for (const check of checks) if (check >= LEAST_CHECK) live += 1;
    const size = live > (checks.length * FULLEST) / 2 ? checks.length * 2 : checks.length;
    this.#places = new Uint32Array(size);
    this.#checks = new Uint32Array(size);
    this.#ids = new Uint32Array(size * ID_WORDS);
    this.#used = 0;
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i] ?? EMPTY;
      if (check < LEAST_CHECK) continue;
      const at = i * ID_WORDS;
      this.#put(places[i] ?? 0, check, [ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, ids[at + 3] ?? 0]);
    }
  }

  #idAt(i: number): string {
    let id = '';
    for (let word = 0; word < ID_WORDS; word += 1) {
      id += (this.#ids[i * ID_WORDS + word] ?? 0).toString(16).padStart(8, '0');
    }
    return id;
  }
}

type Words = readonly [number, number, number, number];

const wordsOf = (id: string): Words => [
  Number.parseInt(id.slice(0, 8), 16),
  Number.parseInt(id.slice(8, 16), 16),
  Number.parseInt(id.slice(16, 24), 16),
  Number.parseInt(id.slice(24, 32), 16),
];

/** Two FNV-1a hashes of 32 bits, begun and multiplied differently. */
function hashOf(bucket: string): readonly [place: number, check: number] {
  let place = 0x811c9dc5;
  let check = 0x9e3779b9;
  for (let i = 0; i < bucket.length; i += 1) {
    const unit = bucket.charCodeAt(i);
    place = Math.imul(place ^ unit, 0x01000193);
    check = Math.imul(check ^ unit, 0x85ebca6b);
    check ^= check >>> 15;
  }
  place ^= place >>> 16;
  check >>>= 0;
  return [place >>> 0, check < LEAST_CHECK ? check + LEAST_CHECK : check];
}
