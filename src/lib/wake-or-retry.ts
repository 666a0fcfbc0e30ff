/**
 * What an object does about an alarm whose work fails. The platform repeats such a handler six times and then drops the
 * alarm for good, so the failure stays here and the next alarm is set by hand. An isolate that was superseded decides
 * nothing: its error goes on to the platform, which repeats the alarm on the new code.
 * https://developers.cloudflare.com/durable-objects/platform/known-issues/
 */
const RETRY_MS = 30_000;

export interface FailingAlarm {
  readonly wake: () => Promise<void>;
  readonly alarm: { get(): Promise<number | null>; set(at: number): void };
  readonly now: () => number;
  readonly isSuperseded: (error: unknown) => boolean;
  readonly onFailure: (error: unknown) => void;
}

export async function wakeOrRetry({ wake, alarm, now, isSuperseded, onFailure }: FailingAlarm): Promise<void> {
  try {
    await wake();
  } catch (error) {
    if (isSuperseded(error)) throw error;
    onFailure(error);
    const at = now() + RETRY_MS;
    const set = await alarm.get();
    if (set === null || set > at) alarm.set(at);
  }
}
