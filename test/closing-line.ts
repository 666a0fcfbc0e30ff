/** The table of budgets, if any was measured, and the last line of a test run in a form that any reader of logs understands. */
import type { Reporter, TestModule } from "vitest/node";
import { forgetBudgets, printBudgets } from "./e2e/budget-table.ts";

export default class ClosingLine implements Reporter {
  onTestRunStart(): void {
    forgetBudgets();
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) counts[test.result().state] += 1;
      // A file that could not be loaded has no tests to count.
      if (tests.length === 0 && module.state() === "failed") counts.failed += 1;
    }
    printBudgets();
    const skipped = counts.skipped + counts.pending;
    console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
}
