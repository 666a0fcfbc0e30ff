/**
 * Airflow's scenarios of mapped setups, teardowns and groups, which its cases tell by how everything ended: the DAGs that
 * they are about, and what becomes of the tries. Both the engine and the Durable Object are put through them.
 */
import type { DagSpec, MapSpec, TaskSpec } from "../../src/dag/spec.ts";
import { group, spec, task } from "../fixtures/engine-dag.ts";

export interface MappedScenario {
  readonly dag: DagSpec;
  /** Ends of tries by task, or by task and index, where they are not success. */
  readonly ends: Readonly<Record<string, "failed" | "skipped">>;
  /** How long results are, by task. */
  readonly lengths?: Readonly<Record<string, number>>;
  /** States of unmapped tasks, or of the instances in order, and of the run. */
  readonly expect: Readonly<Record<string, string | readonly string[]>>;
}

const three: MapSpec = { type: "each", source: { type: "literal", length: 3 } };
const overSetup: MapSpec = { type: "each", source: { type: "xcom", taskId: task("my_setup").taskId } };

const setup = (id: string, options: Parameters<typeof task>[1] = {}): TaskSpec =>
  task(id, { isSetup: true, ...options });
const teardown = (id: string, upstream: readonly string[], options: Parameters<typeof task>[1] = {}): TaskSpec =>
  task(id, { isTeardown: true, triggerRule: "all_done_setup_success", upstream, ...options });

/** A mapped setup and one of another scope, whose setup also comes before the first one's teardown. */
const oddSetup = spec({
  tasks: [
    setup("my_setup", { mapped: three }),
    setup("other_setup"),
    task("other_work", { upstream: ["other_setup"] }),
    teardown("other_teardown", ["other_setup", "other_work"]),
    task("my_work", { upstream: ["my_setup"] }),
    teardown("my_teardown", ["my_setup", "other_setup", "my_work"]),
  ],
});

export const MAPPED_SCENARIOS: Readonly<Record<string, MappedScenario>> = {
  "test_mappedoperator.py::TestMappedSetupTeardown::test_one_to_many_work_failed": {
    dag: spec({
      tasks: [
        setup("my_setup"),
        task("my_work", { upstream: ["my_setup"] }),
        teardown("my_teardown", ["my_setup", "my_work"], { mapped: overSetup }),
      ],
    }),
    ends: { my_work: "failed" },
    lengths: { my_setup: 3 },
    expect: { my_setup: "success", my_work: "failed", my_teardown: ["success", "success", "success"], run: "failed" },
  },
  "...::test_many_one_explicit_odd_setup_all_setups_fail": {
    dag: oddSetup,
    ends: { my_setup: "failed", other_setup: "failed" },
    expect: {
      my_setup: ["failed", "failed", "failed"],
      other_setup: "failed",
      other_work: "upstream_failed",
      other_teardown: "upstream_failed",
      my_work: "upstream_failed",
      my_teardown: "upstream_failed",
    },
  },
  "...::test_many_one_explicit_odd_setup_one_mapped_fails": {
    dag: oddSetup,
    ends: { "my_setup[1]": "failed", "my_setup[2]": "skipped" },
    expect: {
      my_setup: ["success", "failed", "skipped"],
      my_work: "upstream_failed",
      my_teardown: "success",
      other_teardown: "success",
    },
  },
  "...::test_skip_one_mapped_task_from_task_group": {
    dag: spec({
      tasks: [task("double", { groupId: "group" }), task("last", { groupId: "group", upstream: ["double"] })],
      groups: [group("group", { mapped: three })],
    }),
    ends: { "double[1]": "skipped" },
    expect: { double: ["success", "skipped", "success"], last: ["success", "skipped", "success"] },
  },
};
