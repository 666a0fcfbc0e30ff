/**
 * Splits a migration into statements, because a batch takes them one by one. It knows comments and quotes, in which a
 * semicolon ends nothing. It does not know the bodies of triggers and refuses them: the catalog has none.
 */
const token = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?|\[[^\]]*\]?|;/g;

export function splitSql(sql: string): readonly string[] {
  const statements: string[] = [];
  let current = "";
  let end = 0;
  const finish = () => {
    const statement = current.trim();
    if (/^CREATE\s+(TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i.test(statement)) {
      throw new Error(`Cannot split "${statement.slice(0, 60)}…": migrations must not make triggers`);
    }
    if (statement !== "") statements.push(statement);
    current = "";
  };
  for (const match of sql.matchAll(token)) {
    const [part] = match;
    current += sql.slice(end, match.index);
    end = match.index + part.length;
    if (part === ";") finish();
    // Comments before a statement go, those inside stay: SQLite keeps them with the schema.
    else if (!isComment(part) || current.trim() !== "") current += part;
  }
  current += sql.slice(end);
  finish();
  return statements;
}

function isComment(part: string): boolean {
  return part.startsWith("--") || part.startsWith("/*");
}
