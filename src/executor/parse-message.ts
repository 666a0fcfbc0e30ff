/**
 * Reads a queue message. What no release of ours can have written is malformed and dropped; what a newer release may
 * have written is left for it: during a deploy the two run side by side.
 */
import { type DagId, isDagId, isRunId, isTaskId } from "../dag/ids.ts";
import { type CallbackClaim, type ClaimItem, PROTOCOL_VERSION } from "./protocol.ts";

export type ParsedMessage =
  | { readonly type: "hint"; readonly dagId: DagId; readonly item: ClaimItem }
  | { readonly type: "callback"; readonly dagId: DagId; readonly claim: CallbackClaim }
  | { readonly type: "unknown_version"; readonly v: number }
  | { readonly type: "malformed"; readonly reason: string };

export function parseMessage(body: unknown): ParsedMessage {
  if (typeof body !== "object" || body === null) return { type: "malformed", reason: "it is no object" };
  const { v, type, dagId, runId, taskId, mapIndex, token, callbackId } = body as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(v)) return { type: "malformed", reason: "it has no version `v`" };
  if (v !== PROTOCOL_VERSION && v !== PROTOCOL_VERSION - 1) return { type: "unknown_version", v: Number(v) };
  if (typeof dagId !== "string" || !isDagId(dagId)) return { type: "malformed", reason: "`dagId` is no DAG id" };
  if (typeof runId !== "string" || !isRunId(runId)) return { type: "malformed", reason: "`runId` is no run id" };
  if (type === "callback") {
    if (!isInteger(callbackId) || !isInteger(token)) return { type: "malformed", reason: "it names no callback" };
    return { type: "callback", dagId, claim: { runId, callbackId, token } };
  }
  if (typeof taskId !== "string" || !isTaskId(taskId)) return { type: "malformed", reason: "`taskId` is no task id" };
  if (!isInteger(mapIndex) || mapIndex < -1) return { type: "malformed", reason: "`mapIndex` is no index" };
  if (!isInteger(token) || token < 0) return { type: "malformed", reason: "`token` is no token" };
  return { type: "hint", dagId, item: { runId, taskId, mapIndex, token } };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
