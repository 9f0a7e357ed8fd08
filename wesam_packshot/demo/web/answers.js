// Asks the server, one thing after the other: of the photo that is shown what is wanted last, else of one that waits.
// Steps are in the page, so that nothing is lost while an answer is under way.

import { cut, Refused } from "./api.js";
import { decoded } from "./pictures.js";

export class Answers {
  // page: items, current, settings(), comparing, limit; shown(item, side, refine) and failed(item, message) tell it.
  constructor(page) {
    this.page = page;
    this.running = false;
  }

  // Something else is wanted of these photos.
  want(...items) {
    for (const item of items) item.wanted = (item.wanted ?? 0) + 1;
    this.run();
  }

  get next() {
    const open = (item) => item && item.wanted !== item.answered;
    return open(this.page.current) ? this.page.current : this.page.items.find(open);
  }

  async run() {
    if (this.running) return;
    this.running = true;
    for (let item = this.next; item; item = this.next) {
      const number = item.wanted;
      await this.answer(item, number);
      item.answered = number;
    }
    this.running = false;
    this.page.rested();
  }

  async answer(item, number) {
    const { page } = this, asked = page.settings(), steps = item.steps;
    const late = () => number !== item.wanted;
    if (item.state !== "done") item.state = "working";
    page.begun(item);
    try {
      if (!item.cut && !steps.length && item === page.current && asked.refine !== "none") {
        await this.show(item, late, { ...asked, steps, refine: "none", provisional: true }); // a first look
      }
      if (!late()) await this.show(item, late, { ...asked, steps });
      if (!late() && page.comparing && item === page.current) await this.compare(item, late, { ...asked, steps });
    } catch (error) {
      if (error instanceof Refused && steps.length) { // the step cannot be taken
        item.steps = item.steps.filter((step) => step !== steps.at(-1));
        item.wanted += 1;
      }
      page.failed(item, error.message);
    }
  }

  async show(item, late, asked) {
    const wanted = JSON.stringify(asked);
    if (item.cutAs === wanted) return; // only the comparison was asked for
    const answer = await cut(item, asked, this.page.limit);
    const shown = await decoded(answer.cut); // swapped when ready, so that nothing flickers
    Object.assign(item, { cut: shown, cutAs: wanted, thumb: answer.cut, state: "done", complaint: "" });
    if (answer.confidence !== undefined) Object.assign(item, { confidence: answer.confidence, doubt: answer.doubt });
    if (!late()) this.page.shown(item, asked.refine);
  }

  async compare(item, late, asked) {
    const answer = await cut(item, { ...asked, adapter: null }, this.page.limit);
    const shown = await decoded(answer.cut);
    if (!late()) this.page.compared(item, shown);
  }
}
