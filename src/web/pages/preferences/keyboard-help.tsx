import { paths } from "../../paths.ts";

interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

const groups: readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[] = [
  {
    title: "Everywhere",
    shortcuts: [
      { keys: ["Ctrl", "K"], does: "Search, and run a command" },
      { keys: ["/"], does: "To the search field of the page" },
      { keys: ["?"], does: "This help" },
      { keys: ["Esc"], does: "Close what is open" },
      { keys: ["."], does: "To the actions of the page" },
    ],
  },
  {
    title: "Go to",
    shortcuts: [
      { keys: ["g", "h"], does: "Home" },
      { keys: ["g", "d"], does: "DAGs" },
      { keys: ["g", "r"], does: "Runs" },
      { keys: ["g", "t"], does: "Task instances" },
      { keys: ["g", "p"], does: "Pools" },
      { keys: ["g", "e"], does: "Import errors" },
      { keys: ["g", "a"], does: "Audit log" },
    ],
  },
  {
    title: "Lists",
    shortcuts: [
      { keys: ["j"], does: "Next row" },
      { keys: ["k"], does: "Previous row" },
      { keys: ["Enter"], does: "Open the row" },
      { keys: ["x"], does: "Select the row" },
      { keys: ["n"], does: "Next page" },
    ],
  },
  {
    title: "Grid of a DAG",
    shortcuts: [
      { keys: ["←", "→", "↑", "↓"], does: "Move the cursor" },
      { keys: ["Enter"], does: "Open what is under it" },
    ],
  },
  {
    title: "Graph and Gantt",
    shortcuts: [
      { keys: ["+"], does: "Zoom in" },
      { keys: ["-"], does: "Zoom out" },
      { keys: ["0"], does: "Show all" },
      { keys: ["[", "]"], does: "Gantt: earlier, later" },
      { keys: ["←", "→", "↑", "↓"], does: "Graph: to the next task" },
    ],
  },
  {
    title: "Log",
    shortcuts: [
      { keys: ["["], does: "Previous error" },
      { keys: ["]"], does: "Next error" },
      { keys: ["w"], does: "Wrap long lines, or not" },
    ],
  },
];

export function KeyboardHelp({ hasKeys }: { readonly hasKeys: boolean }) {
  return (
    <div class="stack">
      {!hasKeys && (
        <p class="muted">
          Single keys are switched off in your <a href={paths.preferences}>preferences</a>; those with Ctrl work.
        </p>
      )}
      <div class="key-groups">
        {groups.map(({ title, shortcuts }) => (
          <section>
            <h2>{title}</h2>
            <dl class="keys">
              {shortcuts.map(({ keys, does }) => (
                <>
                  <dt>
                    {keys.map((key) => (
                      <kbd>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </div>
  );
}
