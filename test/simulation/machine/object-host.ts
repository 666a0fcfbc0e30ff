/**
 * What the platform does for one Durable Object: it makes an instance at the first call, keeps its SQLite and its alarm,
 * and throws the instance away whenever it likes. Alarms come at least once: they may be late or doubled, one whose
 * handler fails is repeated six times and then given up, one whose handler was cut off is repeated as new.
 */
import type { Alarm } from "../../../src/scheduler/ports.ts";
import { SqliteState } from "../../fixtures/sqlite-state.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import { Life } from "./life.ts";

const FIRST_ALARM_RETRY_MS = 2_000;
const MAX_ALARM_RETRIES = 6;
/** Alarms of production were up to a minute late. */
const MAX_LATENESS_MS = 90_000;

export interface HostPorts {
  readonly life: Life;
  readonly sql: HostedSql;
  readonly alarm: Alarm;
  readonly now: () => number;
  sleep(ms: number): Promise<void>;
  destroy(): Promise<void>;
}

/** What the object is asked for when its alarm fires. */
export interface Hosted {
  alarm(isSuperseded: (error: unknown) => boolean): Promise<void>;
}

export interface HostOptions<T extends Hosted> {
  readonly name: string;
  readonly clockwork: Clockwork;
  readonly faults: Faults;
  readonly make: (ports: HostPorts) => T;
  readonly onStorageFailure?: () => void;
}

/** The object's SQLite, which knows whether it was written to, and can fail to commit. */
export class HostedSql extends SqliteState {
  isDirty = true;
  /** Statements since it was last set to zero. */
  statementCount = 0;
  failsToCommit: () => boolean = () => false;

  override transaction<T>(work: () => T): T {
    return super.transaction(() => {
      const result = work();
      if (this.failsToCommit()) throw new Error("storage: the transaction could not be committed");
      return result;
    });
  }

  override exec(...args: Parameters<SqliteState["exec"]>): ReturnType<SqliteState["exec"]> {
    if (!isReading(args[0])) this.isDirty = true;
    this.statementCount += 1;
    return super.exec(...args);
  }

  clear(): void {
    this.isDirty = true;
    for (const row of this.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")) {
      this.db.exec(`DROP TABLE "${row["name"]}"`);
    }
  }
}

const reading = new Map<string, boolean>();

function isReading(sql: string): boolean {
  let known = reading.get(sql);
  if (known === undefined) {
    known = /^\s*(SELECT|PRAGMA)/i.test(sql);
    reading.set(sql, known);
  }
  return known;
}

export class ObjectHost<T extends Hosted> {
  readonly name: string;
  readonly sql = new HostedSql();
  alarmAt: number | null = null;
  /** The platform gave the alarm up: nothing but the watchdog, or another event, wakes the object. */
  isAlarmLost = false;
  isAlarmRunning = false;
  /** The platform repeats a handler that failed or was cut off. */
  isAlarmRepeating = false;
  /** How far this object's clock is from the true one. */
  skewMs = 0;
  lifeCount = 0;
  #instance: { readonly object: T; readonly life: Life } | null = null;
  #alarmNumber = 0;
  #handler: symbol | null = null;
  readonly #options: HostOptions<T>;

  constructor(options: HostOptions<T>) {
    this.name = options.name;
    this.#options = options;
    this.sql.failsToCommit = () => {
      const fails = options.faults.happens("storage_fails");
      if (fails) options.onStorageFailure?.();
      return fails;
    };
  }

  now(): number {
    return this.#options.clockwork.now + this.skewMs;
  }

  get instance(): T | null {
    return this.#instance?.object ?? null;
  }

  /** The living instance, made now when there is none. */
  wake(): T {
    return this.#live().object;
  }

  life(): Life {
    return this.#live().life;
  }

  #live(): { readonly object: T; readonly life: Life } {
    if (this.#instance !== null) return this.#instance;
    this.lifeCount += 1;
    const life = new Life(`${this.name}#${this.lifeCount}`);
    this.#instance = { life, object: this.#options.make(this.#ports(life)) };
    return this.#instance;
  }

  evict(): void {
    const instance = this.#instance;
    if (instance === null) return;
    this.#instance = null;
    instance.life.end();
  }

  setSkew(ms: number): void {
    this.skewMs = ms;
    if (this.alarmAt !== null) this.#schedule(this.alarmAt);
  }

  #ports(life: Life): HostPorts {
    const { clockwork } = this.#options;
    return {
      life,
      sql: this.sql,
      alarm: {
        get: () => clockwork.reply(life, 1, `${this.name} reads its alarm`, () => this.alarmAt),
        set: (at) => this.#setAlarm(at),
      },
      now: () => this.now(),
      sleep: (ms) => clockwork.reply(life, ms, `${this.name} slept`, () => {}),
      destroy: () =>
        clockwork.reply(life, 1, `${this.name} is emptied`, () => {
          this.sql.clear();
          this.alarmAt = null;
          this.#alarmNumber += 1;
          clockwork.after(100, `${this.name} is gone`, () => {
            if (!life.isOver) this.evict();
          });
        }),
    };
  }

  #setAlarm(at: number): void {
    const before = { at: this.alarmAt, isLost: this.isAlarmLost, number: this.#alarmNumber };
    this.sql.undoOnRollback(() => {
      this.alarmAt = before.at;
      this.isAlarmLost = before.isLost;
      // Without one before, the handler that runs is still the latest, and is repeated when it is cut off.
      if (before.at !== null) this.#schedule(before.at);
      else this.#alarmNumber = before.number;
    });
    this.alarmAt = at;
    this.isAlarmLost = false;
    this.isAlarmRepeating = false;
    this.#schedule(at);
  }

  /** Whether the platform will call the handler by itself. */
  get isArmed(): boolean {
    return this.alarmAt !== null || this.isAlarmRunning || this.isAlarmRepeating;
  }

  #schedule(at: number): void {
    const { clockwork, faults } = this.#options;
    this.#alarmNumber += 1;
    const number = this.#alarmNumber;
    const lateMs = faults.happens("alarm_late")
      ? clockwork.random.int(0, MAX_LATENESS_MS)
      : clockwork.random.int(0, 20);
    const delayMs = Math.max(0, at - this.now()) + lateMs;
    clockwork.after(delayMs, `alarm of ${this.name}`, () => {
      if (number === this.#alarmNumber) this.#fire({ retryCount: 0, isDouble: false });
    });
  }

  #fire({ retryCount, isDouble }: { readonly retryCount: number; readonly isDouble: boolean }): void {
    const { clockwork, faults } = this.#options;
    // One handler at a time; the next waits for it.
    if (this.isAlarmRunning) {
      const number = this.#alarmNumber;
      clockwork.after(50, `alarm of ${this.name} waits`, () => {
        if (number === this.#alarmNumber) this.#fire({ retryCount, isDouble });
      });
      return;
    }
    if (faults.happens("alarm_abandoned")) {
      clockwork.log(`the alarm of ${this.name} is given up`);
      this.alarmAt = null;
      this.isAlarmLost = true;
      return;
    }
    // What fires is used up by that; a second call for one alarm takes nothing of the next.
    if (!isDouble) {
      this.alarmAt = null;
      this.#alarmNumber += 1;
    }
    if (faults.happens("alarm_crashes")) this.evict();
    this.isAlarmRunning = true;
    this.isAlarmRepeating = false;
    const number = this.#alarmNumber;
    const life = this.life();
    // A life may have had other handlers before this one: those are over, and nothing of them is cut off.
    const handler = Symbol();
    this.#handler = handler;
    // Cut off: it comes again, as if for the first time, unless another was set meanwhile.
    const repeat = (): void => {
      this.isAlarmRunning = false;
      if (number !== this.#alarmNumber || isDouble) return;
      this.isAlarmRepeating = true;
      clockwork.after(500, `alarm of ${this.name} again`, () => this.#again(number, 0));
    };
    life.onEnd(() => {
      if (this.isAlarmRunning && this.#handler === handler) repeat();
    });
    this.wake()
      .alarm(() => false)
      .then(
        () => {
          if (life.isOver) return;
          this.isAlarmRunning = false;
          if (!faults.happens("alarm_duplicated")) return;
          clockwork.after(clockwork.random.int(0, 5_000), `alarm of ${this.name} twice`, () => {
            if (!this.isAlarmRunning) this.#fire({ retryCount: 0, isDouble: true });
          });
        },
        (error: unknown) => {
          clockwork.log(`alarm of ${this.name} failed: ${String(error)}`);
          if (life.isOver) return;
          this.isAlarmRunning = false;
          if (number !== this.#alarmNumber || isDouble) return;
          if (retryCount >= MAX_ALARM_RETRIES) this.isAlarmLost = true;
          else {
            this.isAlarmRepeating = true;
            const waitMs = FIRST_ALARM_RETRY_MS * 2 ** retryCount;
            clockwork.after(waitMs, `alarm of ${this.name} retried`, () => this.#again(number, retryCount + 1));
          }
        },
      );
  }

  #again(number: number, retryCount: number): void {
    if (number === this.#alarmNumber) this.#fire({ retryCount, isDouble: false });
  }
}
