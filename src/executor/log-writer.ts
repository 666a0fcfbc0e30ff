/**
 * Writes the log of one try in chunks while it runs, so that a crash keeps what was written two seconds before it. A try that
 * logs nothing writes nothing and sets no timer. A failing object store never fails a task: a chunk is tried a few times, then
 * given up, counted, and a line of the next chunk says so; its number stays unused, which readers show as a gap.
 */
import { formatLogLine, LOG_TRY_MAX_BYTES, type LogLevel, logChunkKey, type TryLogKey } from "./log-lines.ts";
import type { ExecutorPorts } from "./ports.ts";

const FLUSH_AFTER_MS = 2_000;
const FLUSH_AT_LENGTH = 64_000;
/** What may wait for a slow store; a hundred tries share an isolate's 128 MB. */
const WAITING_MAX_LENGTH = 500_000;
const PUT_ATTEMPTS = 3;
const PUT_WAIT_MS = 500;
/** A hanging store must not hold back a result that is ready. */
const CLOSE_WITHIN_MS = 10_000;

export class LogWriter {
  readonly #ports: ExecutorPorts;
  readonly #key: TryLogKey & { readonly token: number };
  #lines: string[] = [];
  #waitingLength = 0;
  #totalLength = 0;
  #lostLineCount = 0;
  #isFull = false;
  #isClosed = false;
  #seq = 0;
  #chunkCount = 0;
  #writing: Promise<void> | null = null;
  #flushTimer: AbortController | null = null;

  /** `afterSeq` continues a log that another writer has closed. */
  constructor(
    ports: ExecutorPorts,
    key: TryLogKey & { readonly token: number },
    { afterSeq = 0 }: { readonly afterSeq?: number } = {},
  ) {
    this.#ports = ports;
    this.#key = key;
    this.#seq = afterSeq;
  }

  /** The number of the last chunk, written or lost. */
  get lastSeq(): number {
    return this.#seq;
  }

  write(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void {
    if (this.#isClosed || this.#isFull) return;
    const line = formatLogLine({ t: this.#ports.timer.now(), level, event: String(event), fields });
    if (this.#totalLength + line.length > LOG_TRY_MAX_BYTES) {
      this.#isFull = true;
      this.#append(this.#note(`The log of this try is full at ${LOG_TRY_MAX_BYTES} bytes; what follows is not kept`));
    } else if (this.#waitingLength + line.length > WAITING_MAX_LENGTH) {
      this.#lostLineCount++;
      return;
    } else {
      this.#append(line);
    }
    if (this.#waitingLength >= FLUSH_AT_LENGTH) this.#startWriting();
    else if (this.#flushTimer === null && this.#writing === null) this.#setFlushTimer();
  }

  /** Writes what is left and answers how many chunks there are. Later lines are ignored. */
  async close(): Promise<number> {
    this.#isClosed = true;
    this.#flushTimer?.abort();
    if (this.#writing === null && this.#lines.length === 0 && this.#lostLineCount === 0) return this.#chunkCount;
    const deadline = new AbortController();
    await Promise.race([this.#writeRest(), this.#ports.timer.sleep(CLOSE_WITHIN_MS, deadline.signal)]);
    deadline.abort();
    return this.#chunkCount;
  }

  async #writeRest(): Promise<void> {
    await this.#writing;
    if (this.#lines.length > 0 || this.#lostLineCount > 0) await this.#writeWaiting();
  }

  #append(line: string): void {
    this.#lines.push(line);
    this.#waitingLength += line.length + 1;
    this.#totalLength += line.length + 1;
  }

  #setFlushTimer(): void {
    const flushTimer = new AbortController();
    this.#flushTimer = flushTimer;
    void this.#ports.timer.sleep(FLUSH_AFTER_MS, flushTimer.signal).then(() => {
      this.#flushTimer = null;
      if (!this.#isClosed) this.#startWriting();
    });
  }

  #startWriting(): void {
    if (this.#writing !== null) return;
    this.#writing = this.#writeWaiting().finally(() => {
      this.#writing = null;
      if (this.#lines.length > 0 && !this.#isClosed) this.#setFlushTimer();
    });
  }

  /**
   * One put at a time, so that chunks appear in order. What arrived meanwhile follows at once only if it fills a chunk or
   * the log is being closed: otherwise a steady trickle of lines would make a chunk per put.
   */
  async #writeWaiting(): Promise<void> {
    do {
      const lost = this.#lostLineCount;
      this.#lostLineCount = 0;
      if (lost > 0) this.#append(this.#note(`${lost} lines were lost here: the object store did not keep up`));
      const lines = this.#lines;
      this.#lines = [];
      this.#waitingLength = 0;
      const isWritten = await this.#put(++this.#seq, lines);
      if (isWritten) this.#chunkCount++;
      else this.#lostLineCount += lost + lines.length - (lost > 0 ? 1 : 0);
    } while (this.#waitingLength >= FLUSH_AT_LENGTH || (this.#isClosed && this.#lines.length > 0));
  }

  async #put(seq: number, lines: readonly string[]): Promise<boolean> {
    const key = logChunkKey({ ...this.#key, seq, lineCount: lines.length });
    const bytes = new TextEncoder().encode(lines.join("\n"));
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#ports.objects.put(key, bytes);
        return true;
      } catch (error) {
        if (attempt >= PUT_ATTEMPTS) {
          this.#ports.onProblem({
            code: "log_lost",
            message: `Cannot store ${lines.length} log lines at ${key}: ${String(error)}`,
            dagId: this.#key.dagId,
          });
          return false;
        }
      }
      await this.#ports.timer.sleep(PUT_WAIT_MS * attempt);
    }
  }

  #note(event: string): string {
    return formatLogLine({ t: this.#ports.timer.now(), level: "warning", event });
  }
}
