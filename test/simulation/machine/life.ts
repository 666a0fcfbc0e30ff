/** One life of an isolate: what it waits for never comes once it is over. What it left in storage stays. */
export class Life {
  readonly name: string;
  isOver = false;
  /** A process that is stopped and goes on later, with all that came meanwhile. */
  frozenUntil = 0;
  readonly #ending: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const act of this.#ending.splice(0)) act();
  }

  onEnd(act: () => void): void {
    this.#ending.push(act);
  }
}
