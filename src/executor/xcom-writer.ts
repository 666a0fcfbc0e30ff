/**
 * Keeps what a try returns and pushes until its report. Values are turned into text when they are handed over, so that a
 * later change of an object changes nothing. Small ones travel in the report; the rest is written to the object store first,
 * under a key with the token: only the ref in the committed row is valid, what a refused report leaves behind is swept.
 */
import type { DagId, RunId } from "../dag/ids.ts";
import { toJsonText } from "./json-text.ts";
import { keySegment, paddedToken } from "./log-lines.ts";
import type { ExecutorPorts } from "./ports.ts";
import { type TaskInstanceKey, type TryReport, XCOM_INLINE_BYTES, XCOM_MAX_BYTES, type XComValue } from "./protocol.ts";
import { XComError } from "./xcom-error.ts";

const KEY_MAX_LENGTH = 250;
const PUSHED_MAX_COUNT = 100;
const PREVIEW_BYTES = 2_048;
const PUT_ATTEMPTS = 3;
const PUT_WAIT_MS = 500;

/** Every value of a run in the object store, for its deletion. */
export function runXComPrefix(key: { readonly dagId: DagId; readonly runId: RunId }): string {
  return `${dagXComPrefix(key.dagId)}${keySegment(key.runId)}/`;
}

export function dagXComPrefix(dagId: DagId): string {
  return `xcom/${keySegment(dagId)}/`;
}

interface KeptText {
  readonly json: string;
  readonly bytes: Uint8Array;
}

export class XComWriter {
  readonly #ports: ExecutorPorts;
  readonly #prefix: string;
  readonly #pushed = new Map<string, KeptText>();
  /** Shared by all values of the try, so that a report stays small however many keys are pushed. */
  #inlineBytesLeft = XCOM_INLINE_BYTES;
  #objectCount = 0;
  #isSealed = false;

  constructor(ports: ExecutorPorts, key: TaskInstanceKey & { readonly dagId: DagId; readonly token: number }) {
    this.#ports = ports;
    this.#prefix = `${runXComPrefix(key)}${keySegment(key.taskId)}/${key.mapIndex}/${paddedToken(key.token)}/`;
  }

  push(key: string, value: unknown): void {
    if (this.#isSealed) return;
    if (typeof key !== "string" || key === "" || key.length > KEY_MAX_LENGTH) {
      throw new TypeError(`Cannot push an XCom: its key must be a text of 1 to ${KEY_MAX_LENGTH} characters`);
    }
    if (key === "return_value") {
      throw new TypeError('Cannot push an XCom "return_value": return the value from the task instead');
    }
    if (this.#pushed.size >= PUSHED_MAX_COUNT && !this.#pushed.has(key)) {
      throw new TypeError(`Cannot push an XCom "${key}": a try can push at most ${PUSHED_MAX_COUNT} keys`);
    }
    this.#pushed.set(key, keepText(`XCom "${key}"`, value ?? null));
  }

  /** What a task returned, ready for the report; `null` when it returned nothing. */
  async finish(
    returned: unknown,
  ): Promise<{ readonly returnValue: XComValue | null; readonly xcoms: TryReport["xcoms"] }> {
    this.#isSealed = true;
    const returnValue = returned === undefined ? null : await this.#place(keepText("the returned value", returned));
    const xcoms: { readonly key: string; readonly value: XComValue }[] = [];
    for (const [key, text] of this.#pushed) xcoms.push({ key, value: await this.#place(text) });
    return { returnValue, xcoms };
  }

  async #place(text: KeptText): Promise<XComValue> {
    const { json, bytes } = text;
    if (bytes.length <= this.#inlineBytesLeft) {
      this.#inlineBytesLeft -= bytes.length;
      return { type: "inline", json };
    }
    const key = `${this.#prefix}${this.#objectCount++}.json`;
    const sha256 = await sha256Hex(bytes);
    await this.#put(key, bytes);
    return { type: "ref", key, bytes: bytes.length, sha256, preview: previewOf(bytes) };
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ports.objects.put(key, bytes);
      } catch (error) {
        if (attempt >= PUT_ATTEMPTS) {
          const message = `Cannot keep a value of ${bytes.length} bytes: the object store did not take it`;
          throw new XComError("xcom_not_stored", message, { cause: error });
        }
        await this.#ports.timer.sleep(PUT_WAIT_MS * attempt);
      }
    }
  }
}

function keepText(what: string, value: unknown): KeptText {
  const json = toJsonText(value);
  if (!json.ok) throw new XComError("xcom_not_json", `Cannot keep ${what}: ${json.error}`);
  const bytes = new TextEncoder().encode(json.value);
  if (bytes.length > XCOM_MAX_BYTES) {
    throw new XComError(
      "xcom_too_large",
      `Cannot keep ${what}: it has ${bytes.length} bytes of JSON, and at most ${XCOM_MAX_BYTES} fit; ` +
        "write it to a bucket of your own and return its key",
    );
  }
  return { json: json.value, bytes };
}

/** Cut by bytes; a character that the cut went through is left out. */
function previewOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, PREVIEW_BYTES)).replace(/\uFFFD$/, "");
}

export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
