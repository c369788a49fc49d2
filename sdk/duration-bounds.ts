/**
 * Upper bounds of the classes of CoreDNS's histograms of durations, in seconds: 0.25 ms to 8.192 s,
 * doubling.
 */
export const DURATION_BOUNDS: readonly number[] = Array.from(
  { length: 16 },
  (_, i) => 0.00025 * 2 ** i,
)
