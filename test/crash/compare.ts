/**
 * Holds the ledger, the schedulers' own rows and the catalog against each other once everything has come to rest. Pure, so
 * that each kind of loss can be planted in a test.
 *
 * Lost: a run whose trigger was answered 2xx and that is not there, or not at its end; a result that was accepted, or seen
 * by a task behind it, and that is not the one that stands now; an interval of the schedule without a run. Doubled: two
 * results accepted for one try, a token that ran twice, two runs for one trigger or interval, a pool over its slots.
 */
import type { AtRest, Fact, Memory } from "./at-rest.ts";
import type { Entry, Line } from "./ledger.ts";

/** A trigger that was answered. */
export interface Promised {
  readonly dagId: string;
  readonly runId: string;
  /** Its idempotency key: repeated after a crash, it must not make another run. */
  readonly key: string;
}

export interface Question extends AtRest {
  readonly lines: readonly Line[];
  readonly promised: readonly Promised[];
  /** A scheduled DAG of which each interval has a run. */
  readonly clock: { readonly dagId: string; readonly everyMs: number };
  /** DAG and slots of the one pool. */
  readonly pool: { readonly dagId: string; readonly slots: number; readonly slotsOf: (taskId: string) => number };
  /** Task instances that are to end otherwise than by success. */
  readonly expectedState: (fact: Fact) => string;
}

export interface Answer {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Between a scheduler and the catalog. */
  readonly differences: readonly string[];
  readonly executionCount: number;
  /** Executions of a try beyond its first: allowed, and counted. */
  readonly duplicateCount: number;
  readonly committedCount: number;
  readonly runCount: number;
}

export function compare(question: Question): Answer {
  const lost: string[] = [];
  const doubled: string[] = [];
  const entries = question.lines.filter((line): line is Entry => line.event !== "killed");
  checkRuns(question, lost, doubled);
  checkInstances(question, lost);
  const committed = committedMarks(question.truth);
  checkExecutions(question, entries, committed, lost, doubled);
  checkAccepted(question.truth, entries, lost, doubled);
  checkTries(question.truth, doubled);
  checkClock(question, lost, doubled);
  checkPool(question, doubled);
  const begun = entries.filter(({ event }) => event === "begin");
  const tries = new Set(begun.map((entry) => `${keyOf(entry)} try ${entry.tryNumber}`));
  return {
    lost,
    doubled,
    differences: catalogDifferences(question),
    executionCount: begun.length,
    duplicateCount: begun.length - tries.size,
    committedCount: committed.size,
    runCount: question.truth.runs.length,
  };
}

/** What the catalog says otherwise than the schedulers, in both directions. */
export function catalogDifferences({ truth, catalog }: Pick<AtRest, "truth" | "catalog">): readonly string[] {
  const keys: Readonly<Record<keyof Memory, readonly string[]>> = {
    runs: ["dag_id", "run_id"],
    instances: ["dag_id", "run_id", "task_id", "map_index"],
    tries: ["dag_id", "run_id", "task_id", "map_index", "try_number"],
    xcoms: ["dag_id", "run_id", "task_id", "map_index", "key"],
  };
  return (Object.keys(keys) as (keyof Memory)[]).flatMap((part) => {
    const name = (fact: Fact) => `${part} ${keys[part].map((key) => fact[key]).join(" ")}`;
    const copies = new Map(catalog[part].map((fact) => [name(fact), fact]));
    const missing = truth[part].flatMap((fact) => difference(name(fact), fact, copies.get(name(fact))));
    const known = new Set(truth[part].map(name));
    const extra = [...copies.keys()].filter((key) => !known.has(key)).map((key) => `${key}: only in the catalog`);
    return [...missing, ...extra];
  });
}

function difference(name: string, fact: Fact, copy: Fact | undefined): readonly string[] {
  if (copy === undefined) return [`${name}: not in the catalog`];
  return Object.entries(copy).flatMap(([column, value]) => {
    const true_ = fact[column] ?? null;
    // Previews are cut; what is there of them must be what was said.
    const isSame = column === "value" ? String(true_).startsWith(String(value)) : true_ === value;
    return isSame ? [] : [`${name}: ${column} is ${value} in the catalog and ${true_} in the scheduler`];
  });
}

function checkRuns({ truth, promised }: Question, lost: string[], doubled: string[]): void {
  const runs = new Map(truth.runs.map((run) => [`${run["dag_id"]} ${run["run_id"]}`, run]));
  for (const { dagId, runId } of promised) {
    if (!runs.has(`${dagId} ${runId}`))
      lost.push(`run ${dagId} ${runId}: its trigger was answered, and it is not there`);
  }
  const keys = new Set(promised.map(({ key }) => key));
  const seen = new Set<string>();
  for (const run of truth.runs) {
    const name = `run ${run["dag_id"]} ${run["run_id"]}`;
    if (run["state"] !== "success") lost.push(`${name}: ended ${run["state"]} (${run["reason"]})`);
    if (run["run_type"] !== "manual") continue;
    const key = String(run["idempotency_key"]);
    if (!keys.has(key) || seen.has(key)) doubled.push(`${name}: nobody asked for it, or not twice (${key})`);
    seen.add(key);
  }
}

function checkInstances({ truth, expectedState }: Question, lost: string[]): void {
  for (const fact of truth.instances) {
    const expected = expectedState(fact);
    if (fact["state"] !== expected) lost.push(`${nameOf(fact)}: is ${fact["state"]} and not ${expected}`);
  }
}

/** Task instance → mark of the result that stands. */
function committedMarks({ xcoms }: Memory): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  // Pushed beside the result, which is a list for some tasks.
  for (const fact of xcoms)
    if (fact["key"] === "mark") marks.set(nameOf(fact), String(JSON.parse(String(fact["value"]))));
  return marks;
}

function checkExecutions(
  { truth }: Question,
  entries: readonly Entry[],
  committed: ReadonlyMap<string, string>,
  lost: string[],
  doubled: string[],
): void {
  const byMark = new Map(entries.flatMap((entry) => (entry.event === "end" ? [[entry.mark, entry] as const] : [])));
  const tokenOf = new Map(truth.instances.map((fact) => [nameOf(fact), Number(fact["token"])]));
  for (const [name, mark] of committed) {
    const entry = byMark.get(mark);
    if (entry === undefined) lost.push(`${name}: its result comes from no execution that ended`);
    else if (keyOf(entry) !== name || entry.token !== tokenOf.get(name)) {
      doubled.push(`${name}: its result is that of ${keyOf(entry)}, token ${entry.token}`);
    }
  }
  const standing = new Set(committed.values());
  const tokens = new Set<string>();
  for (const entry of entries) {
    if (entry.event !== "begin") continue;
    const token = `${entry.dagId} ${entry.token}`;
    if (tokens.has(token)) doubled.push(`${keyOf(entry)}: token ${entry.token} ran twice`);
    tokens.add(token);
    for (const mark of entry.seen ?? []) {
      if (!standing.has(mark)) lost.push(`${keyOf(entry)}: was given a result that does not stand any more (${mark})`);
    }
  }
}

/** What was accepted once is the result; a try has one. */
function checkAccepted(truth: Memory, entries: readonly Entry[], lost: string[], doubled: string[]): void {
  const tokens = new Map<string, number>();
  const standing = new Map(truth.instances.map((fact) => [nameOf(fact), Number(fact["token"])]));
  for (const entry of entries) {
    if (entry.event !== "accepted") continue;
    const name = `${keyOf(entry)} try ${entry.tryNumber}`;
    const other = tokens.get(name);
    if (other !== undefined && other !== entry.token) doubled.push(`${name}: accepted ${other} and ${entry.token}`);
    tokens.set(name, entry.token);
    const token = standing.get(keyOf(entry));
    if (token !== entry.token) lost.push(`${name}: accepted ${entry.token}, and ${token} stands`);
  }
}

/** The tries of a task instance are numbered from 1 without a gap, each with its own token. */
function checkTries(truth: Memory, doubled: string[]): void {
  const numbers = new Map<string, number[]>();
  const tokens = new Set<string>();
  for (const fact of [...truth.tries, ...truth.instances]) {
    const name = nameOf(fact);
    const tryNumber = Number(fact["try_number"]);
    if (tryNumber > 0) numbers.set(name, [...(numbers.get(name) ?? []), tryNumber]);
    const token = `${fact["dag_id"]} ${fact["token"]}`;
    if (Number(fact["token"]) > 0 && tokens.has(token)) doubled.push(`${name}: shares the token ${fact["token"]}`);
    tokens.add(token);
  }
  for (const [name, found] of numbers) {
    const sorted = found.sort((a, b) => a - b);
    if (sorted.some((number, place) => number !== place + 1))
      doubled.push(`${name}: has the tries ${sorted.join(" ")}`);
  }
}

/** With catch-up, every interval between the first run and the last has exactly one. */
function checkClock({ truth, skips, clock }: Question, lost: string[], doubled: string[]): void {
  const instants = truth.runs
    .filter((run) => run["dag_id"] === clock.dagId && run["run_type"] === "scheduled")
    .map((run) => Number(run["logical_at"]))
    .sort((a, b) => a - b);
  const passedOver = skips.filter((skip) => skip["dag_id"] === clock.dagId);
  for (const [place, at] of instants.entries()) {
    const before = instants[place - 1];
    if (before === undefined) continue;
    const name = `${clock.dagId} ${new Date(at).toISOString()}`;
    if (at === before) doubled.push(`${name}: two runs`);
    const isSkipped = passedOver.some((skip) => Number(skip["from_at"]) < at && Number(skip["to_at"]) > before);
    if (at - before > clock.everyMs && !isSkipped) {
      lost.push(`${name}: no run since ${new Date(before).toISOString()}`);
    }
  }
}

/** As the tasks themselves tell: whoever begins after a kill begins alone. */
function checkPool({ lines, pool }: Question, doubled: string[]): void {
  const inside = new Map<string, number>();
  for (const line of lines) {
    if (line.event === "killed") inside.clear();
    else if (line.dagId === pool.dagId && line.mark !== undefined) {
      if (line.event === "begin") inside.set(line.mark, pool.slotsOf(line.taskId));
      else inside.delete(line.mark);
      const used = [...inside.values()].reduce((sum, slots) => sum + slots, 0);
      if (used > pool.slots) doubled.push(`${pool.dagId}: ${used} slots of ${pool.slots} in use`);
    }
  }
}

function keyOf({ dagId, runId, taskId, mapIndex }: Entry): string {
  return `${dagId} ${runId} ${taskId} ${mapIndex}`;
}

function nameOf(fact: Fact): string {
  return `${fact["dag_id"]} ${fact["run_id"]} ${fact["task_id"]} ${fact["map_index"]}`;
}
