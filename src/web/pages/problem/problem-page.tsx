import { Document, type Theme } from "../../layout/document.tsx";
import { paths } from "../../paths.ts";

export interface Problem {
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
}

/** Where to go from a page that is not there: to what would hold it. */
export interface Holder {
  readonly label: string;
  readonly href: string;
}

const titles: Readonly<Record<number, string>> = {
  403: "Not allowed",
  404: "Not found",
  405: "Not possible here",
  413: "Too large",
  422: "That was not understood",
  429: "Too many tries",
  503: "Temporarily unavailable",
};

const advice: Readonly<Record<number, string>> = {
  404: "It may have been deleted, or the address is mistyped. Runs also end with their DAG's retention.",
  422: "Go back and correct what the message names.",
  429: "Wait a minute, then try again.",
  500: "This is an error of Updraft. The log of the deployment has the details under the request id.",
  503: "A part of the platform does not answer. Schedules go on meanwhile; try again shortly.",
};

export function problemTitle(status: number): string {
  return titles[status] ?? (status >= 500 ? "Something went wrong" : "That did not work");
}

/** Stands alone, without navigation: it is shown to outsiders too, and when the catalog is down. */
export function ProblemPage(props: {
  readonly problem: Problem;
  readonly theme: Theme;
  readonly holders: readonly Holder[];
}) {
  const { problem, theme, holders } = props;
  const hint = advice[problem.status];
  return (
    <Document title={`${problemTitle(problem.status)} · Updraft`} theme={theme} now={0} sheet="access">
      <main class="login">
        <div class="login-box">
          <p class="problem-code">Error {problem.status}</p>
          <h1>{problemTitle(problem.status)}</h1>
          {problem.message !== problemTitle(problem.status) && <p>{problem.message}</p>}
          {hint !== undefined && <p class="muted small">{hint}</p>}
          <p class="muted small">
            Request <code>{problem.requestId}</code>
          </p>
          <div class="button-row">
            <a class="button primary" href={paths.home}>
              Go to the start page
            </a>
            {holders.map(({ label, href }) => (
              <a class="button" href={href}>
                {label}
              </a>
            ))}
          </div>
        </div>
      </main>
    </Document>
  );
}
