import type { Statement } from "../catalog/port.ts";
import { eventLog } from "../catalog/sql/event-log.ts";
import { clientAddress } from "./client-address.ts";
import { type AppContext, platformOf } from "./context.ts";

export type AuthEvent =
  | "login"
  | "login failed"
  | "logout"
  | "token created"
  | "token revoked"
  | "setup"
  | "user created"
  | "user switched off"
  | "user switched on"
  | "user deleted"
  | "password changed"
  | "password reset";

/** The row of the audit log for what happens at the door. It goes into the batch that does it. */
export function auditStatement(
  c: AppContext,
  event: AuthEvent,
  username: string | null,
  about: Readonly<Record<string, string>> = {},
): Statement {
  const { clock, ids } = platformOf(c);
  return eventLog.append({
    eventId: `auth-${ids.random(16)}`,
    at: clock.now(),
    dagId: null,
    runId: null,
    taskId: null,
    mapIndex: null,
    tryNumber: null,
    event,
    // Not the name as typed when nobody has it: people type their password there.
    actor: username ?? "(unknown)",
    extra: JSON.stringify({ address: clientAddress(c), ...about }),
  });
}
