/** The error a try ended with. Text of the author's code, shown as text. */
export function TaskErrorText({
  error,
}: {
  readonly error: { readonly name: string; readonly message: string; readonly stack: string | null };
}) {
  if (error.stack === null) return <p>{error.message}</p>;
  return (
    <details open>
      <summary>Stack</summary>
      <pre class="stack-trace" tabindex={0}>
        {error.stack}
      </pre>
    </details>
  );
}
