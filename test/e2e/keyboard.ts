/** A person who uses the keyboard alone: what they do, and what the browser complained of meanwhile. */
import type { BrowserContext, Page } from "playwright-core";

const MAX_TABS = 250;

export class Keyboard {
  readonly page: Page;
  /** Console errors, scripts that failed, and what the content security policy refused. */
  readonly complaints: string[] = [];

  /** A page on which a pointer that is pressed is a complaint: what is done here, the keyboard does. */
  static async open(context: BrowserContext): Promise<Keyboard> {
    const page = await context.newPage();
    await page.addInitScript(`addEventListener("pointerdown", () => console.error("A pointer was used"), true)`);
    return new Keyboard(page);
  }

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Goes on with Tab until the control of this name has the focus. */
  async tabTo(name: string | RegExp): Promise<void> {
    const seen: string[] = [];
    for (let step = 0; step < MAX_TABS; step += 1) {
      await this.press("Tab");
      const focused = await this.focused();
      if (typeof name === "string" ? focused === name : name.test(focused)) return;
      seen.push(focused);
    }
    throw new Error(`Tab never came to ${name}; it came to ${[...new Set(seen)].slice(0, 40).join(" | ")}`);
  }

  /** The name of what has the focus, as a screen reader would say it, near enough. */
  focused(): Promise<string> {
    return this.page.evaluate(`(() => {
      const element = document.activeElement;
      const label = element.labels?.[0]?.textContent;
      const name = element.getAttribute("aria-label") ?? label ?? element.textContent ?? "";
      return name.replace(/\\s+/g, " ").trim();
    })()`);
  }

  /** Opens the palette, types, and takes the hit of this name with the arrow keys. */
  async command(text: string, hit: string | RegExp): Promise<void> {
    await this.press("Control+k");
    await this.page.locator("#dialog [data-palette-input]:focus").waitFor();
    await this.type(text);
    await this.page.locator(`#dialog [data-for=${JSON.stringify(text)}]`).waitFor();
    for (let step = 0; step < 40; step += 1) {
      await this.press("ArrowDown");
      const focused = await this.focused();
      if (typeof hit === "string" ? focused.includes(hit) : hit.test(focused)) return this.press("Enter");
    }
    throw new Error(`The palette has no hit "${hit}" for "${text}"`);
  }

  /** The dialog that opened, with the focus inside. */
  async dialog(title: string | RegExp): Promise<void> {
    await this.page.locator("#dialog[open] h2").filter({ hasText: title }).first().waitFor();
  }
}
