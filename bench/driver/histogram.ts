const SUB_BUCKETS = 64;
const OCTAVES = 32;

export type Latency = {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** Counts durations in buckets at most 1.6 % wide, so that memory does not grow with the number of requests. */
export class Histogram {
  readonly #counts = new Uint32Array(SUB_BUCKETS * OCTAVES);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  recordMs(durationMs: number): void {
    const us = Math.max(0, Math.round(durationMs * 1000));
    this.#counts[bucketOf(us)] = (this.#counts[bucketOf(us)] ?? 0) + 1;
    this.#count += 1;
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  /** The duration that `share` (0 to 1) of all records do not exceed; 0 when there are none. */
  quantileMs(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank && seen > 0) return Math.min(topOf(bucket), this.#maxUs) / 1000;
    }
    return 0;
  }

  summary(): Latency {
    return {
      meanMs: this.#count === 0 ? 0 : this.#sumUs / this.#count / 1000,
      p50Ms: this.quantileMs(0.5),
      p95Ms: this.quantileMs(0.95),
      p99Ms: this.quantileMs(0.99),
      maxMs: this.#maxUs / 1000,
    };
  }
}

/** Below 64 µs a bucket is one microsecond; above, each doubling has 64 buckets. */
function bucketOf(us: number): number {
  if (us < SUB_BUCKETS) return us;
  const octave = 31 - Math.clz32(us) - 5; // 64..127 is octave 1
  const within = (us >>> (octave - 1)) - SUB_BUCKETS;
  return Math.min(octave * SUB_BUCKETS + within, SUB_BUCKETS * OCTAVES - 1);
}

function topOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const octave = Math.floor(bucket / SUB_BUCKETS);
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS) + 1) * 2 ** (octave - 1) - 1;
}
