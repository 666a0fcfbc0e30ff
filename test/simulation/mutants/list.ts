/**
 * Planted bugs, one per line of thought: what a scheduler of this kind gets wrong. Each replaces one exact piece of the source.
 * One that no invariant notices means that a check is missing, not that the bug is harmless.
 */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const TRIES: readonly Mutant[] = [
  {
    name: "no-fence",
    file: "src/engine/claim.ts",
    from: 'return run.holder[place] === state.holders.get(invocation)?.id ? null : "already_claimed";',
    to: "return null;",
  },
  {
    name: "late-result",
    file: "src/engine/try-end.ts",
    from: 'if (run.token[place] !== token) return { token, accepted: false, reason: "superseded" };\n  const code',
    to: "if (run.token[place] !== token && step.state.holders.size > 0) {\n    endTry(step, run, place, reported.outcome);\n    return accept(run, place, token);\n  }\n  const code",
  },
  {
    name: "result-after-cancel",
    file: "src/engine/try-end.ts",
    from: "if (isResultOf(code, reported.outcome) && !DECIDED_BY_OTHERS.has(reason)) return accept(run, place, token);",
    to: "endTry(step, run, place, reported.outcome);\n  return accept(run, place, token);",
  },
  {
    name: "token-not-bumped",
    file: "src/engine/dispatch.ts",
    from: "state.sequence += 1;\n  run.token[place] = state.sequence;\n  run.resends[place] = 0;",
    to: "if (!run.token[place]) run.token[place] = ++state.sequence;\n  run.resends[place] = 0;",
  },
  {
    name: "cancel-leaves-queued",
    file: "src/engine/dag-run.ts",
    from: "} else if (code < FIRST_FINISHED) {\n      const isUnderWay",
    to: "} else if (code < FIRST_FINISHED && code !== QUEUED) {\n      const isUnderWay",
  },
  {
    name: "retry-for-ever",
    file: "src/engine/try-end.ts",
    from: 'retry.type === "forbidden" || tryNumber > (run.maxTries[place] ?? 0)',
    to: 'retry.type === "forbidden"',
  },
  {
    name: "replaced-grant-costs-a-try",
    file: "src/engine/claim.ts",
    from: 'setState(step, run, place, QUEUED, "heartbeat_lost");',
    to: 'run.tryNumber[place] = (run.tryNumber[place] ?? 0) + 1;\n  setState(step, run, place, QUEUED, "heartbeat_lost");',
  },
  {
    name: "heartbeat-renews-nothing",
    file: "src/engine/claim.ts",
    from: "run.dueAt[place] = Math.max(run.dueAt[place] ?? 0, leaseEnd(step, run, place));",
    to: "",
  },
  {
    name: "no-lease-after-a-start",
    file: "src/engine/dag-run.ts",
    from: "else run.dueAt[place] = now + state.settings.leaseMs;",
    to: "else run.dueAt[place] = now + 1;",
  },
  {
    name: "grant-run-twice",
    file: "src/executor/dag-session.ts",
    from: "if (run === undefined || this.#running.has(grant.token) || this.#unconfirmed.has(grant.token)) continue;",
    to: "if (run === undefined) continue;",
  },
  {
    name: "retry-without-backoff",
    file: "src/engine/retry-delay.ts",
    from: "multiplier ** (failed.tryNumber - 1)",
    to: "multiplier ** 0",
  },
  {
    name: "retry-at-once",
    file: "src/engine/try-end.ts",
    from: "run.dueAt[place] = now + delayMs;\n  state.timers.push({ at: now + delayMs, run, place });",
    to: "run.dueAt[place] = now + 1;\n  state.timers.push({ at: now + 1, run, place });",
  },
  {
    name: "no-sweep-of-queued",
    file: "src/engine/timers.ts",
    from: "      resend(step, run, place);\n      return;",
    to: "      run.dueAt[place] = 0;\n      return;",
  },
  {
    name: "no-lease-expiry",
    file: "src/engine/timers.ts",
    from: "else loseGrant(step, run, place);",
    to: "else run.dueAt[place] = 0;",
  },
  {
    name: "idle-holders-stay",
    file: "src/engine/dag-state.ts",
    from: "if (holder.grants.size > 0) return;",
    to: "if (holder.grants.size >= 0) return;",
  },
];

const RULES: readonly Mutant[] = [
  {
    name: "all-success-waits-for-skipped",
    file: "src/engine/rules/trigger-rule.ts",
    from: "if (up.skipped > 0) return SKIPPED;\n      if (up.mapIndex >= 0",
    to: "if (up.mapIndex >= 0",
  },
  {
    name: "one-success-runs-at-once",
    file: "src/engine/rules/trigger-rule.ts",
    from: 'return up.success >= 1;\n    case "one_failed":',
    to: 'return true;\n    case "one_failed":',
  },
  {
    name: "all-done-forgets-skipped",
    file: "src/engine/rules/trigger-rule.ts",
    from: "const isDone = up.success + up.skipped + failures + up.removed >= up.total;",
    to: "const isDone = up.success + failures + up.removed >= up.total - 1;",
  },
  {
    name: "none-failed-ignores-upstream-failed",
    file: "src/engine/rules/trigger-rule.ts",
    from: "return failures > 0 ? UPSTREAM_FAILED : NONE;",
    to: "return up.failed > 0 ? UPSTREAM_FAILED : NONE;",
  },
  {
    name: "teardown-never-runs",
    file: "src/engine/rules/trigger-rule.ts",
    from: "return up.setupSuccess === 0 ? UPSTREAM_FAILED : NONE;",
    to: "return UPSTREAM_FAILED;",
  },
  {
    name: "counts-stay-after-a-clear",
    file: "src/engine/transition.ts",
    from: "run.tallies[base + before] = (run.tallies[base + before] ?? 0) - 1;",
    to: "",
  },
  {
    name: "past-is-ignored",
    file: "src/engine/past.ts",
    from: "if (!isTaskDone(previous, index)) return false;",
    to: "",
  },
  {
    name: "indexes-repeat",
    file: "src/engine/run-state.ts",
    from: "this.mapIndex[first + offset] = index + offset;",
    to: "this.mapIndex[first + offset] = Math.min(index + offset, 2);",
  },
  {
    name: "paused-dag-starts",
    file: "src/engine/rules/keep-dag-unpaused.ts",
    from: "isMet: (state) => !state.isPaused,",
    to: "isMet: () => true,",
  },
];

const RUNS: readonly Mutant[] = [
  {
    name: "terminal-overwritten",
    file: "src/engine/dag-run.ts",
    from: 'if ((run.stateOf[place] ?? NONE) < FIRST_FINISHED) setState(step, run, place, SKIPPED, "dagrun_timeout");',
    to: 'setState(step, run, place, SKIPPED, "dagrun_timeout");',
  },
  {
    name: "run-fails-early",
    file: "src/engine/dag-run.ts",
    from: "if (unfinished === 0) {\n    // What the user",
    to: "if (unfinished === 0 || run.graph.leaves.some((task) => run.tally(task, FAILED) > 0)) {\n    // What the user",
  },
  {
    name: "run-forgets-its-failures",
    file: "src/engine/dag-run.ts",
    from: "if (leaves.some((task) => run.tally(task, FAILED) + run.tally(task, UPSTREAM_FAILED) > 0)) return true;\n  return (",
    to: "if (leaves.some((task) => run.tally(task, FAILED) > 0)) return true;\n  return (",
  },
  {
    name: "two-runs-of-one-date",
    file: "src/scheduler/state-migrations.ts",
    from: "CREATE UNIQUE INDEX dag_run_logical_at",
    to: "CREATE INDEX dag_run_logical_at",
  },
  {
    name: "one-run-too-many",
    file: "src/engine/backfill.ts",
    from: "let count = (backfill ?? state).runningRunCount;",
    to: "let count = (backfill ?? state).runningRunCount - 1;",
  },
  {
    name: "clear-is-not-counted",
    file: "src/engine/dag-run.ts",
    from: "run.clearNumber += 1;",
    to: "",
  },
  {
    name: "version-follows-the-latest",
    file: "src/scheduler/load.ts",
    from: 'const version = graphOf(sql, loaded, Number(row["version_number"]));',
    to: 'const version = loaded.state.graph ?? graphOf(sql, loaded, Number(row["version_number"]));',
  },
  {
    name: "queued-runs-are-miscounted",
    file: "src/engine/dag-run.ts",
    from: "counts.queuedRunCount = Math.max(0, counts.queuedRunCount - 1);",
    to: "",
  },
];

const SCHEDULES: readonly Mutant[] = [
  {
    name: "cursor-from-now",
    file: "src/engine/schedule.ts",
    from: "state.cursor.lastEndAt = run.dataIntervalEndAt;",
    to: "state.cursor.lastEndAt = Math.max(run.dataIntervalEndAt, step.now);",
  },
  {
    name: "cursor-moves-alone",
    file: "src/engine/schedule.ts",
    from: "if (run !== null) step.newRuns.push(run);",
    to: "if (run !== null && hasRoom(state, step.newRuns.length + 1)) step.newRuns.push(run);",
  },
  {
    name: "skips-in-silence",
    file: "src/engine/schedule.ts",
    from: "if (skipped !== null) step.skips.push(skipped);",
    to: "",
  },
  {
    name: "overlap-twice",
    file: "src/lib/time-zone.ts",
    from: "return [isSecond ? second : first];",
    to: "return [first, second];",
  },
  {
    name: "a-minute-early",
    file: "src/engine/schedule.ts",
    from: "if (first === null || first.runAfterAt > now) break;",
    to: "if (first === null || first.runAfterAt > now + 60_000) break;",
  },
  {
    name: "edit-reaches-back",
    file: "src/engine/schedule.ts",
    from: "    cursor.sinceAt = step.now;\n",
    to: "    cursor.lastStartAt = null;\n    cursor.lastEndAt = null;\n",
  },
  {
    name: "catch-up-all-without-catch-up",
    file: "src/engine/schedule.ts",
    from: "if (!catchup) return jump(",
    to: 'if (!catchup && state.dagId === "") return jump(',
  },
];

const LIMITS: readonly Mutant[] = [
  {
    name: "pool-counts-nothing",
    file: "src/engine/limits/limits-state.ts",
    from: "state.used.set(pool, usedSlots(state, pool) + slots);",
    to: "",
  },
  {
    name: "slots-leak",
    file: "src/engine/limits/limits-state.ts",
    from: "state.used.set(holder.pool, usedSlots(state, holder.pool) - holder.slots);",
    to: "",
  },
  {
    name: "too-large-fits",
    file: "src/engine/limits/grant.ts",
    from: "if (slots > open) tooLarge.push(request);",
    to: "if (slots > open + 1) tooLarge.push(request);",
  },
  {
    name: "unused-slots-stay",
    file: "src/engine/slots.ts",
    from: "if (holder?.run.stateOf[holder.place] === SCHEDULED) giveBack(slots, ticket);",
    to: "",
  },
  {
    name: "starts-without-slots",
    file: "src/engine/rules/respect-pool-slots.ts",
    from: "return holdsSlots(slots, run, place);",
    to: "return true;",
  },
  {
    name: "late-message-counts",
    file: "src/engine/limits/limits-state.ts",
    from: "return message.sequence < sequenceOf(state, message.dagId);",
    to: "return false;",
  },
  {
    name: "ended-tries-keep-slots",
    file: "src/engine/slots.ts",
    from: "} else if (code !== SCHEDULED && !keepsSlots(slots, run, place, code)) {",
    to: "} else if (code === NONE) {",
  },
  {
    name: "active-tasks-unlimited",
    file: "src/engine/rules/respect-max-active-tasks.ts",
    from: "run.activeCount < run.graph.spec.maxActiveTasks,",
    to: "run.activeCount <= run.graph.spec.maxActiveTasks,",
  },
  {
    name: "task-limit-off-by-one",
    file: "src/engine/rules/respect-max-active-tis-per-dag.ts",
    from: "return bound === null || activeCountOf(state, bound.key) < bound.limit;",
    to: "return bound === null || activeCountOf(state, bound.key) <= bound.limit;",
  },
  {
    name: "sequential-in-parallel",
    file: "src/engine/rules/run-sequential-tries-alone.ts",
    from: 'isMet: (state, _run, lane) => lane !== "sequential" || state.sequentialCount === 0,',
    to: "isMet: () => true,",
  },
  {
    name: "nobody-is-overdue",
    file: "src/engine/limits/grant.ts",
    from: ">= MAX_OVERTAKES;",
    to: ">= 1_000_000 * MAX_OVERTAKES;",
  },
];

const CATALOG: readonly Mutant[] = [
  {
    name: "flush-forgets-after-an-error",
    file: "src/scheduler/flush.ts",
    from: "if (snapshot !== null && this.current() === loaded) restoreSnapshot(loaded, snapshot);",
    to: "",
  },
  {
    name: "told-before-it-is-there",
    file: "src/scheduler/flush.ts",
    from: "await pace.during(clock.now(), this.ports.project({ ...snapshot.projection, behind }));",
    to: "void this.ports.project({ ...snapshot.projection, behind }).catch(() => {});",
  },
  {
    name: "no-version-guard",
    file: "src/catalog/projected-tables.ts",
    from: 'const byVersion = "excluded.version > version";',
    to: 'const byVersion = "true";',
  },
  {
    name: "audit-repeats",
    file: "src/scheduler/snapshot.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    from: 'eventId: `${loaded.state.dagId}:${row["seq"]}`,',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    to: 'eventId: `${loaded.state.dagId}:${row["seq"]}:${loaded.state.sequence}`,',
  },
  {
    name: "effect-before-commit",
    file: "src/scheduler/scheduler-object.ts",
    from: "const result = work(loaded, now);",
    to: "const result = work(loaded, now);\n        performEffects(this.ports, result.steps, []);",
  },
  {
    name: "no-tombstone",
    file: "src/scheduler/retention.ts",
    from: "SELECT value, ?2 FROM json_each(?1) WHERE true",
    to: "SELECT value, ?2 FROM json_each(?1) WHERE false",
  },
  {
    name: "marked-runs-are-not-told",
    file: "src/engine/mark-instances.ts",
    from: "run.markRunChanged();\n  step.touched.add(run);",
    to: "step.touched.add(run);",
  },
  {
    name: "marks-of-queued-runs-are-lost",
    file: "src/scheduler/load.ts",
    from: 'loaded, row, row["has_rows"] === 0 ? []',
    to: 'loaded, row, row["state"] === "queued" && row["clear_number"] === 0 ? []',
  },
  {
    name: "tickets-come-again",
    file: "src/scheduler/load.ts",
    from: "if (state.sequence > ceiling) raiseCeiling(sql, loaded);",
    to: "",
  },
  {
    name: "end-without-a-time",
    file: "src/engine/expansion.ts",
    from: "if (run.stateOf[summary] === REMOVED) run.endAtOf[summary] = step.now;",
    to: "",
  },
];

const SHELL: readonly Mutant[] = [
  {
    name: "running-run-is-deleted",
    file: "src/scheduler/operator.ts",
    from: 'if (row["state"] === "running") {\n    return refuse("conflict", `The run',
    to: 'if (row["state"] === "nothing") {\n    return refuse("conflict", `The run',
  },
  {
    name: "key-with-any-body",
    file: "src/scheduler/operator.ts",
    from: 'known["body_hash"] !== request.bodyHash',
    to: 'known["body_hash"] === undefined',
  },
  {
    name: "key-is-forgotten",
    file: "src/scheduler/operator.ts",
    from: "if (request.idempotencyKey !== null) {",
    to: 'if (request.idempotencyKey === "") {',
  },
  {
    name: "alarm-is-not-set-again",
    file: "src/scheduler/scheduler-object.ts",
    from: "async wake(): Promise<void> {\n    this.alarmAt = null;",
    to: "async wake(): Promise<void> {",
  },
  {
    name: "failed-alarm-is-forgotten",
    file: "src/lib/wake-or-retry.ts",
    from: "if (set === null || set > at) alarm.set(at);",
    to: "",
  },
  {
    name: "clock-goes-back",
    file: "src/scheduler/scheduler-object.ts",
    from: "this.lastEventAt = Math.max(this.lastEventAt, this.ports.clock.now());",
    to: "this.lastEventAt = this.ports.clock.now();",
  },
  {
    name: "value-is-cut",
    file: "src/scheduler/instance-rows.ts",
    from: 'value?.type === "inline" ? value.json : null,\n    value?.type === "ref"',
    to: 'value?.type === "inline" ? value.json.slice(0, 6) : null,\n    value?.type === "ref"',
  },
  {
    name: "trigger-without-audit",
    file: "src/scheduler/operator.ts",
    from: 'writeEvent(scheduler.ports, state, { event: "trigger", actor: request.actor.name, runId, extra: null });',
    to: "",
  },
  {
    name: "callbacks-are-forgotten",
    file: "src/scheduler/callbacks/deliver.ts",
    from: "state.nextCallbackAt = readNextCallbackAt(sql);\n  return { sends, missed };",
    to: "state.nextCallbackAt = null;\n  return { sends, missed };",
  },
  {
    name: "lost-chunks-count",
    file: "src/executor/log-writer.ts",
    from: "if (isWritten) this.#chunkCount++;",
    to: "this.#chunkCount++;\n      if (isWritten) continue;",
  },
  {
    name: "report-holds-the-environment",
    file: "src/executor/dag-session.ts",
    from: "hop: this.#hop,\n      bundleId: this.#ports.functions.bundleId,",
    to: "hop: this.#hop,\n      bundleId: JSON.stringify(this.#ports.env),",
  },
  {
    name: "page-without-an-end",
    file: "src/catalog/filter.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    from: "const limit = `LIMIT ${this.bind(page.limit)}`;",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    to: "const limit = `LIMIT 10 * ${this.bind(page.limit)}`;",
  },
];

/** Bugs that the simulation found, planted again. */
const FOUND: readonly Mutant[] = [
  {
    name: "start-behind-its-rows",
    file: "src/scheduler/load.ts",
    from: "const loadedAt = latestAt < now + MAX_STEP_BACK_MS ? Math.max(now, latestAt) : now;",
    to: "const loadedAt = Math.min(now, latestAt + MAX_STEP_BACK_MS + now);",
  },
  {
    name: "run-leaves-during-its-flush",
    file: "src/scheduler/runs.ts",
    from: "if (!wasInMemory) removeRun(loaded.state, run);",
    to: 'if (!wasInMemory || run.state !== "running") removeRun(loaded.state, run);',
  },
  {
    name: "ended-grants-go-out",
    file: "src/engine/advance.ts",
    from: "  withdrawEnded(step);\n",
    to: "",
  },
  {
    name: "run-numbers-come-back",
    file: "src/scheduler/runs.ts",
    from: "max(last_run_seq, coalesce((SELECT max(seq) FROM dag_run), 0))",
    to: "coalesce((SELECT max(seq) FROM dag_run), 0)",
  },
  {
    name: "group-task-ends-too-soon",
    file: "src/engine/evaluate.ts",
    from: "if (task.indexed.length > 0 && counts.mapIndex < 0) return summaryVerdict(run, task, counts);",
    to: "",
  },
  {
    name: "first-word-counts-again",
    file: "src/limits/limits.ts",
    from: "const isNew = since !== null && since > sequenceOf(state, dagId);",
    to: "const isNew = since !== null;",
  },
  {
    name: "version-missing-is-marked",
    file: "src/engine/dag-run.ts",
    from: "if (!run.isGone(place) && !run.taskAt(place).isGone) visit(place);",
    to: "if (!run.isGone(place)) visit(place);",
  },
  {
    name: "turn-goes-down-with-its-instance",
    file: "src/engine/dispatch.ts",
    from: "passTurn(step.state, run, place);\n    passTurnOfRun(step.state, run, run.laneOf[place] ?? 0);\n    return true;",
    to: "return true;",
  },
  {
    name: "removed-summary-is-not-told",
    file: "src/scheduler/load.ts",
    from: 'const place = run.placeOfRow(String(row["task_id"]), Number(row["map_index"]));',
    to: 'const place = run.find(String(row["task_id"]), Number(row["map_index"]));',
  },
  {
    name: "changed-version-is-judged-halfway",
    file: "src/scheduler/commit.ts",
    from: 'if (next.type !== "change_version") assertSound(step);',
    to: "assertSound(step);",
  },
  {
    name: "ends-before-its-start",
    file: "src/engine/transition.ts",
    from: "Math.max(step.now, run.startAtOf[place] ?? 0)",
    to: "step.now",
  },
  {
    name: "deletion-is-forgotten",
    file: "src/scheduler/load.ts",
    from: 'isBeingDeleted: row["is_being_deleted"] === 1,',
    to: "isBeingDeleted: false,",
  },
  {
    name: "cancelled-backfill-leaves-instances",
    file: "src/scheduler/backfills/work.ts",
    from: 'const isKnown = loaded.state.runs.has(seq) || queued["has_rows"] === 1;',
    to: "const isKnown = loaded.state.runs.has(seq);",
  },
  {
    name: "new-tickets-lose-the-turn",
    file: "src/engine/limits/limits-state.ts",
    from: "  askAll(state, entry, message, step);\n  if (message.held !== null) {",
    to: "  for (const each of message.held === null ? [] : [...entry.requests.keys()]) drop(state, entry, each, step);\n  askAll(state, entry, message, step);\n  if (message.held !== null) {",
  },
];

export const MUTANTS: readonly Mutant[] = [
  ...TRIES,
  ...RULES,
  ...RUNS,
  ...SCHEDULES,
  ...LIMITS,
  ...CATALOG,
  ...SHELL,
  ...FOUND,
];
