/** All workloads of the benchmark, in their order. */
import type { Workload } from "./workload.ts";
import { alone } from "./workloads/alone.ts";
import { backlog } from "./workloads/backlog.ts";
import { chain } from "./workloads/chain.ts";
import { cold } from "./workloads/cold.ts";
import { engineAlone } from "./workloads/engine-alone.ts";
import { fan, wide } from "./workloads/fan.ts";
import { idle } from "./workloads/idle.ts";
import { many, manyOverDags } from "./workloads/many.ts";
import { rawRows } from "./workloads/raw-rows.ts";
import { schedule } from "./workloads/schedule.ts";

export const workloads: readonly Workload[] = [
  rawRows,
  chain,
  fan,
  many,
  manyOverDags,
  wide,
  schedule,
  backlog,
  idle,
  engineAlone,
  cold,
  alone,
];
