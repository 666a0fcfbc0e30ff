/**
 * The Durable Object of all pools and the limit of the deployment: glue between the platform and `src/limits`. There is
 * one, because slots of one pool can only be given in one place.
 */
import { DurableObject } from "cloudflare:workers";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { readAll } from "../../src/catalog/port.ts";
import { dags } from "../../src/catalog/sql/dags.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import { Limits as LimitsShell } from "../../src/limits/limits.ts";
import type { LimitsPorts } from "../../src/limits/ports.ts";
import type { LimitsClient } from "../../src/platform.ts";
import type { Env } from "./env.ts";
import { objectSql } from "./object-sql.ts";
import { clock } from "./platform.ts";
import { schedulers } from "./schedulers.ts";
import { isSuperseded } from "./superseded.ts";

type Call<Name extends keyof LimitsClient> = Parameters<LimitsClient[Name]>;

export class Limits extends DurableObject<Env> implements LimitsClient {
  readonly #limits: LimitsShell;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#limits = new LimitsShell(limitsPorts(ctx, env));
  }

  override alarm(): Promise<void> {
    return this.#limits.alarm(isSuperseded);
  }

  subscribe(...call: Call<"subscribe">) {
    return this.#limits.subscribe(...call);
  }

  exchange(...call: Call<"exchange">) {
    return this.#limits.exchange(...call);
  }

  explain(...call: Call<"explain">) {
    return this.#limits.explain(...call);
  }

  forget(...call: Call<"forget">) {
    return this.#limits.forget(...call);
  }

  read() {
    return this.#limits.read();
  }

  createPool(...call: Call<"createPool">) {
    return this.#limits.createPool(...call);
  }

  changePool(...call: Call<"changePool">) {
    return this.#limits.changePool(...call);
  }

  deletePool(...call: Call<"deletePool">) {
    return this.#limits.deletePool(...call);
  }

  setParallelism(...call: Call<"setParallelism">) {
    return this.#limits.setParallelism(...call);
  }

  holders(...call: Call<"holders">) {
    return this.#limits.holders(...call);
  }

  abandon(...call: Call<"abandon">) {
    return this.#limits.abandon(...call);
  }

  release(...call: Call<"release">) {
    return this.#limits.release(...call);
  }
}

function limitsPorts(ctx: DurableObjectState, env: Env): LimitsPorts {
  const catalog = d1Catalog(env.DB);
  return {
    sql: objectSql(ctx.storage),
    alarm: {
      get: () => ctx.storage.getAlarm(),
      // Not awaited: it is part of the transaction around it, and the output gate holds replies until it is durable.
      set: (at) => void ctx.storage.setAlarm(at),
    },
    clock,
    schedulers: schedulers(env),
    dagIds: async () => (await readAll(catalog, dags.ids())).map(({ dagId }) => dagId),
    audit: async (events) => void (await catalog.write(events.map((event) => eventLog.append(event)))),
    background: (work) => ctx.waitUntil(work),
    log: (level, message, fields) =>
      console[level === "info" ? "log" : level === "warning" ? "warn" : "error"](
        JSON.stringify({ event: "limits", message, ...fields }),
      ),
  };
}
