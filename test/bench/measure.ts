/** Figures out of measurements. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the given part of all lies; 0 of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
