/**
 * Runs what one delivery of a queue holds: one claim per DAG, then all that is granted, concurrently. A message is only a hint,
 * so its whole life is: granted or refused, acknowledge; to be asked again later (unknown version, must come alone, scheduler out of
 * reach), retry. It is acknowledged as soon as its grant is durable, because from then on the lease owns recovery, and a
 * redelivery would only burn the queue's retries. This is the one place that decides between the two: the first call wins.
 */
import type { DagId } from "../dag/ids.ts";
import { DagSession } from "./dag-session.ts";
import { Invocation } from "./invocation.ts";
import { parseMessage } from "./parse-message.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { CallbackClaim, ClaimItem, DeliveryChannel } from "./protocol.ts";

const UNKNOWN_VERSION_RETRY_MS = 30_000;
const SOLO_RETRY_MS = 5_000;
const UNREACHABLE_RETRY_MS = 10_000;

/** One message as the queue hands it over. */
export interface Delivery {
  readonly body: unknown;
  ack(): void;
  retry(options: { readonly delayMs: number }): void;
}

export interface RunningBatch {
  /** Every message is acknowledged or put back. */
  readonly settled: Promise<void>;
  /** Every try has ended and been reported: the invocation must live until then. */
  readonly finished: Promise<void>;
}

type Hint = { readonly delivery: Delivery } & (
  | { readonly type: "try"; readonly item: ClaimItem }
  | { readonly type: "callback"; readonly claim: CallbackClaim }
);

export function runBatch(
  ports: ExecutorPorts,
  batch: { readonly channel: DeliveryChannel; readonly deliveries: readonly Delivery[] },
): RunningBatch {
  const hintsByDag = sortByDag(ports, batch.deliveries);
  if (hintsByDag.size === 0) return { settled: Promise.resolve(), finished: Promise.resolve() };
  const invocation = new Invocation(ports, batch.channel);
  const settling: Promise<void>[] = [];
  const finishing: Promise<void>[] = [];
  for (const [dagId, hints] of hintsByDag) {
    const session = new DagSession(ports, invocation, dagId);
    settling.push(claimHints(session, hints));
    finishing.push(session.finished);
  }
  return { settled: whenAll(settling), finished: whenAll([...settling, ...finishing]) };
}

function sortByDag(ports: ExecutorPorts, deliveries: readonly Delivery[]): ReadonlyMap<DagId, readonly Hint[]> {
  const hintsByDag = new Map<DagId, Hint[]>();
  for (const delivery of deliveries) {
    const message = parseMessage(delivery.body);
    switch (message.type) {
      case "hint":
        addTo(hintsByDag, message.dagId, { type: "try", item: message.item, delivery });
        break;
      case "callback":
        addTo(hintsByDag, message.dagId, { type: "callback", claim: message.claim, delivery });
        break;
      case "unknown_version":
        delivery.retry({ delayMs: UNKNOWN_VERSION_RETRY_MS });
        break;
      case "malformed":
        ports.onProblem({
          code: "malformed_message",
          message: `Cannot read a queue message: ${message.reason}; dropped ${excerpt(delivery.body)}`,
          dagId: null,
        });
        delivery.ack();
        break;
    }
  }
  return hintsByDag;
}

function addTo(hintsByDag: Map<DagId, Hint[]>, dagId: DagId, hint: Hint): void {
  const hints = hintsByDag.get(dagId);
  if (hints === undefined) hintsByDag.set(dagId, [hint]);
  else hints.push(hint);
}

async function claimHints(session: DagSession, hints: readonly Hint[]): Promise<void> {
  const items = new Map<number, ClaimItem>();
  const callbacks = new Map<number, CallbackClaim>();
  for (const hint of hints) {
    if (hint.type === "try") items.set(hint.item.token, hint.item);
    else callbacks.set(hint.claim.callbackId, hint.claim);
  }
  const reply = await session.claim([...items.values()], [...callbacks.values()]);
  const toRetry = new Set(reply?.refusals.filter(({ retry }) => retry).map(({ token }) => token));
  for (const hint of hints) {
    if (reply === null) hint.delivery.retry({ delayMs: UNREACHABLE_RETRY_MS });
    else if (hint.type === "try" && toRetry.has(hint.item.token)) hint.delivery.retry({ delayMs: SOLO_RETRY_MS });
    else hint.delivery.ack();
  }
}

async function whenAll(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises);
}

function excerpt(body: unknown): string {
  try {
    return (JSON.stringify(body) ?? String(body)).slice(0, 300);
  } catch {
    return "(not JSON)";
  }
}
