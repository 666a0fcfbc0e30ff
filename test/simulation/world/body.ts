/** What the functions of simulated tasks do: wait, log, push, return, skip, fail, or go on although they were stopped. */
import type { TaskContext } from "../../../src/dag/context.ts";
import { FailWithoutRetry, RetryAfter, Skip } from "../../../src/dag/errors.ts";
import type { Random } from "../machine/random.ts";
import type { ResultPlan } from "./build-dag.ts";
import type { BodyPlan } from "./dag-plan.ts";

/** A little more than travels in a report. */
const LARGE_CHARS = 60_000;

export interface Surroundings {
  readonly random: Random;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export async function runBody(
  { random, sleep }: Surroundings,
  scope: TaskContext,
  body: BodyPlan,
  result: ResultPlan,
): Promise<unknown> {
  for (let line = 0; line < body.logs; line += 1) scope.log.info(`line ${line}`);
  if (body.mostMs > 0) {
    const ms = random.int(body.leastMs, body.mostMs);
    await (body.ignoresStop ? sleep(ms) : sleep(ms, scope.signal));
    if (scope.signal.aborted && !body.ignoresStop) throw new Error("stopped");
  }
  if (body.pushes) scope.xcom.push("note", `from try ${scope.attempt.tryNumber}`);
  if (body.logs > 1) scope.log.info("nearly done");
  const luck = random.next();
  if (luck < body.fails) {
    if (random.chance(body.forbidsRetry)) throw new FailWithoutRetry("it cannot work");
    if (random.chance(body.namesDelay)) throw new RetryAfter(random.int(0, 30_000), "not yet");
    throw new Error("it did not work");
  }
  if (random.chance(body.skips)) throw new Skip("nothing to do");
  return valueToReturn(random, scope, body, result);
}

function valueToReturn(random: Random, scope: TaskContext, body: BodyPlan, result: ResultPlan): unknown {
  switch (result.type) {
    case "list":
      return Array.from({ length: random.int(0, 4) }, (_, item) => item);
    case "flag":
      return random.chance(0.7);
    case "choice":
      return result.of.filter(() => random.chance(0.6));
    case "any":
      break;
  }
  if (body.returns === "nothing") return undefined;
  if (body.returns === "large") return "x".repeat(LARGE_CHARS);
  if (body.returns === "not_json") return random.chance(0.2) ? 1n : "json this time";
  return `${scope.task.taskId} ${scope.attempt.token}`;
}
