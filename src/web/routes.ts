/** Every page of the dashboard, for `createApp`; `errorPage` of `error-page.tsx` goes with them. */
import type { Routes } from "../auth/routes.ts";
import { auditLogRoutes } from "./pages/audit-log/routes.tsx";
import { dagCalendarRoutes } from "./pages/dag/calendar-routes.tsx";
import { dagDurationRoutes } from "./pages/dag/durations-routes.tsx";
import { dagEventRoutes } from "./pages/dag/events-routes.tsx";
import { dagGanttRoutes } from "./pages/dag/gantt-routes.tsx";
import { dagGraphRoutes } from "./pages/dag/graph-routes.tsx";
import { dagGridRoutes } from "./pages/dag/grid-routes.tsx";
import { dagRoutes } from "./pages/dag/routes.tsx";
import { dagRunListRoutes } from "./pages/dag/runs-routes.tsx";
import { dagsRoutes } from "./pages/dags/routes.tsx";
import { homeRoutes } from "./pages/home/routes.tsx";
import { importErrorRoutes } from "./pages/import-errors/routes.tsx";
import { jobRoutes } from "./pages/jobs/routes.tsx";
import { loginRoutes } from "./pages/login/routes.tsx";
import { runActionRoutes } from "./pages/runs/action-routes.tsx";
import { callbackRoutes } from "./pages/runs/callback-routes.tsx";
import { runComparisonRoutes } from "./pages/runs/comparison-routes.tsx";
import { runEventRoutes } from "./pages/runs/events-routes.tsx";
import { runRoutes } from "./pages/runs/routes.tsx";
import { taskInstanceActionRoutes } from "./pages/task-instances/action-routes.tsx";
import { taskInstanceRoutes } from "./pages/task-instances/routes.tsx";
import { triggerRoutes } from "./pages/trigger/routes.tsx";

export const webRoutes: readonly Routes[] = [
  loginRoutes,
  homeRoutes,
  dagsRoutes,
  dagRoutes,
  dagGridRoutes,
  dagGraphRoutes,
  dagGanttRoutes,
  dagRunListRoutes,
  dagCalendarRoutes,
  dagDurationRoutes,
  dagEventRoutes,
  triggerRoutes,
  runRoutes,
  runComparisonRoutes,
  runEventRoutes,
  runActionRoutes,
  callbackRoutes,
  taskInstanceRoutes,
  taskInstanceActionRoutes,
  importErrorRoutes,
  jobRoutes,
  auditLogRoutes,
];
