/** The one maker of DOM ids: `domId("dag", "runs")`, `domId("task-instance", taskId, "log")`. */
export function domId(thing: string, ...parts: readonly (string | number)[]): string {
  // Ids of DAGs and tasks may hold dots, which a CSS selector would read as classes; `_` escapes what is not plain.
  return [thing, ...parts.map((part) => String(part).replaceAll(/[^A-Za-z0-9-]/g, escapeCharacter))].join("-");
}

function escapeCharacter(character: string): string {
  return character === "_" ? "__" : `_${character.charCodeAt(0).toString(16)}_`;
}
