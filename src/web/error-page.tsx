import type { AppContext } from "../auth/context.ts";
import { ToastPartial } from "./layout/toast.tsx";
import { type Problem, ProblemPage } from "./pages/problem/problem-page.tsx";
import { themeOf } from "./request.ts";
import { fragment, html } from "./respond.tsx";

/** What the app's one `onError` shows to a browser: a page, or a toast when htmx asked for a part. */
export function errorPage(c: AppContext, problem: Problem): Response | Promise<Response> {
  c.status(problem.status as 500);
  if (c.req.header("hx-request") !== "true") return html(c, <ProblemPage problem={problem} theme={themeOf(c)} />);
  c.header("HX-Reswap", "none");
  return fragment(c, <ToastPartial flash={{ tone: "danger", text: problem.message, requestId: problem.requestId }} />);
}
