/**
 * What changed between two texts, line by line: the shortest way from one to the other, found as Myers did, with a bound
 * on the work. Texts that differ in more than that are told as one removed and the other added.
 */

export interface DiffLine {
  readonly type: "same" | "removed" | "added";
  /** Places in the two texts, from 0; null on the side that does not have it. */
  readonly before: number | null;
  readonly after: number | null;
}

const MAX_CHANGES = 1_500;

export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  const middle = changesIn(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  const same = (count: number, fromBefore: number, fromAfter: number): readonly DiffLine[] =>
    Array.from({ length: count }, (_, place) => ({
      type: "same",
      before: fromBefore + place,
      after: fromAfter + place,
    }));
  return [
    ...same(head, 0, 0),
    ...middle.map(({ type, before: left, after: right }) => ({
      type,
      before: left === null ? null : left + head,
      after: right === null ? null : right + head,
    })),
    ...same(tail, before.length - tail, after.length - tail),
  ];
}

function changesIn(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const most = Math.min(before.length + after.length, MAX_CHANGES);
  /** For each diagonal, how far into `before` the furthest way has come; a copy for each number of changes. */
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: ReadonlyMap<number, number>[] = [];
  for (let changes = 0; changes <= most; changes += 1) {
    trace.push(new Map(furthest));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const isDown = isStepDown(furthest, diagonal, changes);
      let x = isDown ? (furthest.get(diagonal + 1) ?? 0) : (furthest.get(diagonal - 1) ?? 0) + 1;
      let y = x - diagonal;
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x += 1;
        y += 1;
      }
      furthest.set(diagonal, x);
      if (x >= before.length && y >= after.length) return walkBack(trace, before.length, after.length);
    }
  }
  return [
    ...before.map((_, place): DiffLine => ({ type: "removed", before: place, after: null })),
    ...after.map((_, place): DiffLine => ({ type: "added", before: null, after: place })),
  ];
}

function isStepDown(furthest: ReadonlyMap<number, number>, diagonal: number, changes: number): boolean {
  if (diagonal === -changes) return true;
  return diagonal !== changes && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1);
}

function walkBack(trace: readonly ReadonlyMap<number, number>[], endX: number, endY: number): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [endX, endY];
  for (let changes = trace.length - 1; changes >= 0; changes -= 1) {
    const furthest = trace[changes] ?? new Map<number, number>();
    const diagonal = x - y;
    const previous = isStepDown(furthest, diagonal, changes) ? diagonal + 1 : diagonal - 1;
    const fromX = furthest.get(previous) ?? 0;
    const fromY = fromX - previous;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      x -= 1;
      y -= 1;
      lines.push({ type: "same", before: x, after: y });
    }
    if (changes === 0) break;
    if (x === fromX) {
      y -= 1;
      lines.push({ type: "added", before: null, after: y });
    } else {
      x -= 1;
      lines.push({ type: "removed", before: x, after: null });
    }
  }
  return lines.reverse();
}

/** Long stretches without a change, left out but for a few lines around each change; a number stands for what is not shown. */
export function withContext(lines: readonly DiffLine[], context: number): readonly (DiffLine | number)[] {
  const isNear = new Uint8Array(lines.length);
  for (const [place, { type }] of lines.entries()) {
    if (type === "same") continue;
    for (let near = Math.max(0, place - context); near <= Math.min(lines.length - 1, place + context); near += 1) {
      isNear[near] = 1;
    }
  }
  const shown: (DiffLine | number)[] = [];
  let hidden = 0;
  for (const [place, line] of lines.entries()) {
    if (isNear[place] === 1) {
      if (hidden > 0) shown.push(hidden);
      hidden = 0;
      shown.push(line);
    } else hidden += 1;
  }
  return hidden > 0 ? [...shown, hidden] : shown;
}
