// A scroll bar for content that may be taller than browsers let an element be (Firefox: 17.8 million
// pixels). Small moves go one to one, long ones go to the place that the bar stands for; where the
// bar and the content drift apart meanwhile, the bar is put right as soon as it rests.
export const TALLEST = 15e6;
const JUMP = 4, REST = 200;

export class LongScroll {
  constructor(box, pad) {
    this.box = box;
    this.pad = pad;
    this.top = 0; // the first pixel of the content in view
    this.at = 0; // where the bar stands
    this.height = 0;
  }

  // Content so many pixels tall; 0 lets the document find out
  resize(height) {
    this.height = height;
    this.pad.style.height = height ? `${Math.min(height, TALLEST)}px` : "auto";
    if (this.height > TALLEST) this.rest();
  }

  get view() {
    return this.box.clientHeight;
  }

  get end() {
    return Math.max(0, Math.max(this.height, this.box.scrollHeight) - this.view);
  }

  // Pixels of content for each pixel of the bar
  get scale() {
    const bar = this.box.scrollHeight - this.view;
    return this.height > TALLEST && bar > 0 ? this.end / bar : 1;
  }

  // From a place in the content to one in the document
  get shift() {
    return this.at - this.top;
  }

  // After a scroll event; whether it was a person who moved
  moved() {
    const by = this.box.scrollTop - this.at;
    if (Math.abs(by) < 1) return false;
    this.at = this.box.scrollTop;
    const far = Math.abs(by) > JUMP * this.view;
    this.top = this.scale === 1 ? this.at : this.bounded(far ? this.at * this.scale : this.top + by);
    const stuck = this.at < 1 || this.at > this.box.scrollHeight - this.view - 1;
    if (stuck) this.align();
    else this.rest();
    return true;
  }

  to(top) {
    this.top = this.bounded(top);
    this.align();
  }

  bounded(top) {
    return Math.max(0, Math.min(top, this.end));
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.align(), REST);
  }

  align() {
    clearTimeout(this.timer);
    this.box.scrollTop = this.top / this.scale;
    this.at = this.box.scrollTop;
    if (this.scale === 1) this.top = this.at;
    this.onalign?.();
  }
}
