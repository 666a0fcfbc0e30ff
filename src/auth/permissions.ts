/**
 * Who may do what. There is one role for now, but every route names its permission and every list asks for the DAGs it
 * may show, so that further roles change this file and nothing else.
 */
export const PERMISSIONS = [
  "dag.read",
  "dag.edit",
  "dag.delete",
  "run.read",
  "run.trigger",
  "run.edit",
  "run.delete",
  "task_instance.read",
  "task_instance.edit",
  "log.read",
  "xcom.read",
  "code.read",
  "import_error.read",
  "audit.read",
  "job.read",
  "pool.read",
  "pool.edit",
  "user.admin",
  "catalog.rebuild",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ["admin"] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** Whoever sent the request, after their credentials were checked. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  /** The DAGs they may see and act on, as far as their role allows; null is all. */
  readonly dagIds: readonly string[] | null;
  /** What identified them: a browser's session cookie, or a bearer token. */
  readonly via: "session" | "token";
}

const permissionsOf: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  admin: new Set(PERMISSIONS),
};

/** `dagId` is null for what belongs to no DAG, or to all of them. */
export function can(principal: Principal, permission: Permission, dagId: string | null): boolean {
  if (!permissionsOf[principal.role].has(permission)) return false;
  if (dagId === null) return true;
  return principal.dagIds === null || principal.dagIds.includes(dagId);
}

/** The DAGs whose rows a list may show; null is all. It goes into the list's SQL, so pages and totals stay right. */
export function allowedDagIds(principal: Principal): readonly string[] | null {
  return principal.dagIds;
}
