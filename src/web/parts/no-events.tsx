import { EmptyState } from "./empty-state.tsx";

/** In place of a list of events without any. */
export function NoEvents() {
  return (
    <div class="card">
      <EmptyState icon="scroll-text" title="Nothing is recorded">
        Actions of users and what the scheduler did by itself are listed here.
      </EmptyState>
    </div>
  );
}
