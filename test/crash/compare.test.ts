/** The comparison of the crash test finds what it is there to find: each loss and each double is planted once. */
import { expect, test } from "vitest";
import type { Fact } from "./at-rest.ts";
import { compare, type Question } from "./compare.ts";
import type { Entry } from "./ledger.ts";

const dagId = "d";

function instance(taskId: string, token: number, more: Fact = {}): Fact {
  const key = { dag_id: dagId, run_id: "r", task_id: taskId, map_index: -1 };
  return { ...key, state: "success", try_number: 1, max_tries: 0, token, ...more };
}

function pushed(taskId: string, mark: string): Fact {
  return { dag_id: dagId, run_id: "r", task_id: taskId, map_index: -1, key: "mark", value: JSON.stringify(mark) };
}

function entry(event: Entry["event"], taskId: string, token: number, more: Partial<Entry> = {}): Entry {
  return { event, dagId, runId: "r", taskId, mapIndex: -1, tryNumber: 1, token, ...more };
}

/** Two tasks, the second of which was given the result of the first. */
function sound(): Question {
  const run = { dag_id: dagId, run_id: "r", run_type: "manual", state: "success", reason: null };
  const memory = {
    runs: [{ ...run, idempotency_key: "k" }],
    instances: [instance("a", 1), instance("b", 2)],
    tries: [],
    xcoms: [pushed("a", "ma"), pushed("b", "mb")],
  };
  return {
    truth: memory,
    catalog: { ...memory, runs: [run] },
    skips: [],
    lines: [
      entry("begin", "a", 1, { mark: "ma", seen: [] }),
      entry("end", "a", 1, { mark: "ma" }),
      entry("accepted", "a", 1),
      entry("begin", "b", 2, { mark: "mb", seen: ["ma"] }),
      entry("end", "b", 2, { mark: "mb" }),
    ],
    promised: [{ dagId, runId: "r", key: "k" }],
    clock: { dagId: "clock", everyMs: 5 },
    pool: { dagId, slots: 1, slotsOf: () => 1 },
    expectedState: () => "success",
  };
}

function tick(at: number): Fact {
  return { dag_id: "clock", run_id: `c${at}`, run_type: "scheduled", state: "success", logical_at: at };
}

const plants: readonly (readonly [string, "lost" | "doubled" | "differences", (it: Question) => Question])[] = [
  [
    "a run that was promised and is not there",
    "lost",
    (it) => ({ ...it, promised: [...it.promised, { dagId, runId: "s", key: "l" }] }),
  ],
  [
    "a run that did not come to its end",
    "lost",
    (it) => withTruth(it, { runs: it.truth.runs.map((run) => ({ ...run, state: "running" })) }),
  ],
  [
    "a task instance that did not succeed",
    "lost",
    (it) => withTruth(it, { instances: [instance("a", 1), instance("b", 2, { state: "failed" })] }),
  ],
  [
    "a result of which no execution ended",
    "lost",
    (it) => ({ ...it, lines: it.lines.filter((line) => line.event !== "end") }),
  ],
  [
    "a result that somebody was given and that was replaced",
    "lost",
    (it) => withTruth(it, { xcoms: [pushed("a", "other"), pushed("b", "mb")] }),
  ],
  [
    "an accepted token that does not stand",
    "lost",
    (it) => withTruth(it, { instances: [instance("a", 3), instance("b", 2)] }),
  ],
  [
    "an interval without a run",
    "lost",
    (it) => withTruth(it, { runs: [...it.truth.runs, tick(0), tick(5), tick(15)] }),
  ],
  ["two results accepted for one try", "doubled", (it) => ({ ...it, lines: [...it.lines, entry("accepted", "a", 7)] })],
  [
    "a token that ran twice",
    "doubled",
    (it) => ({ ...it, lines: [...it.lines, entry("begin", "a", 1, { mark: "mx", seen: [] }), { event: "killed" }] }),
  ],
  ["a run that nobody asked for", "doubled", (it) => ({ ...it, promised: [] })],
  ["two runs for one interval", "doubled", (it) => withTruth(it, { runs: [...it.truth.runs, tick(0), tick(0)] })],
  ["two tries of one number", "doubled", (it) => withTruth(it, { tries: [instance("a", 9)] })],
  [
    "a result of another execution than its row says",
    "doubled",
    (it) => withTruth(it, { instances: [instance("a", 1), instance("b", 4)] }),
  ],
  [
    "more executions in the pool than it has slots",
    "doubled",
    (it) => ({ ...it, lines: [entry("begin", "c", 8, { mark: "mc" }), ...it.lines] }),
  ],
  [
    "a row that the catalog does not have",
    "differences",
    (it) => ({ ...it, catalog: { ...it.catalog, instances: [] } }),
  ],
  [
    "a row that the catalog tells otherwise",
    "differences",
    (it) => ({
      ...it,
      catalog: { ...it.catalog, instances: [instance("a", 1), instance("b", 2, { state: "running" })] },
    }),
  ],
  ["a row that only the catalog has", "differences", (it) => withTruth(it, { xcoms: it.truth.xcoms.slice(1) })],
];

function withTruth(question: Question, part: Partial<Question["truth"]>): Question {
  return { ...question, truth: { ...question.truth, ...part } };
}

test("a state that is as it should be has nothing to tell", () => {
  const { lost, doubled, differences, executionCount, duplicateCount } = compare(sound());
  expect({ lost, doubled, differences, executionCount, duplicateCount }).toEqual({
    lost: [],
    doubled: [],
    differences: [],
    executionCount: 2,
    duplicateCount: 0,
  });
});

test.each(plants)("%s is %s", (_name, kind, plant) => {
  expect(compare(plant(sound()))[kind]).not.toEqual([]);
});

test("an interval that was passed over on purpose is not lost", () => {
  const question = withTruth(sound(), { runs: [...sound().truth.runs, tick(0), tick(20)] });
  const skip = { dag_id: "clock", from_at: 5, to_at: 15, reason: "catchup_off" };
  expect(compare({ ...question, skips: [skip] }).lost).toEqual([]);
  expect(compare(question).lost).toHaveLength(1);
});

test("a try that ran again after a kill is counted, and no loss", () => {
  const question = sound();
  const before = [entry("begin", "a", 0, { mark: "m0", seen: [] }), { event: "killed" }] as const;
  const { lost, doubled, duplicateCount } = compare({ ...question, lines: [...before, ...question.lines] });
  expect({ lost, doubled, duplicateCount }).toEqual({ lost: [], doubled: [], duplicateCount: 1 });
});
