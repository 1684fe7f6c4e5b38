// <jsm-log>: only the rows in view are in the document; blocks of lines are fetched as needed.
import { LongScroll } from "./scroll.js";
import { Bell, RunStream } from "./stream.js";

// What a job writes as [text](address); the address may lead into this site or out by HTTP only
const LINK = /\[([^[\]]+)\]\((\/(?![/\\])[^\s()]*|https?:\/\/[^\s()]+)\)/g;

const ROW = 20, BLOCK = 500, OVER = 12, KEEP = 60, WRAP_MAX = 20000;

class JsmLog extends HTMLElement {
  connectedCallback() {
    const find = (selector) => this.querySelector(selector);
    this.box = find(".jsm-log-b");
    this.pad = find(".jsm-log-pad");
    this.bar = new LongScroll(this.box, this.pad);
    this.bar.onalign = () => this.schedule();
    this.jump = find(".jsm-jump");
    this.feed = this.dataset.feed;
    this.total = +this.dataset.total;
    this.over = "over" in this.dataset;
    this.toggleAttribute("data-calm", this.over);
    this.level = "";
    this.text = "";
    this.numbers = null; // the lines that match, while a filter is on
    this.listed = 0; // up to which line those are listed
    this.heard = this.total;
    this.recent = [];
    this.reset();
    this.listen();
    this.follow = true;
    this.setFollow(!this.over && !this.linked());
    this.grow();
    if (this.follow) this.toEnd();
    this.goToLink();
    if (!this.over) this.connect();
  }

  disconnectedCallback() {
    this.stream?.close();
  }

  // What is shown: line n (from 1) of `count` shown lines, whatever the filter

  get count() {
    return this.numbers ? this.numbers.length : this.total;
  }

  reset() {
    this.blocks = new Map();
    this.loading = new Set();
    this.pool = new Map();
    this.pad.replaceChildren();
  }

  listen() {
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => {
      if (this.follow) this.toEnd();
      else this.bar.align();
    }).observe(this.box);
    this.addEventListener("click", (event) => this.clicked(event));
    const field = this.querySelector("[data-find]");
    field.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.filter(this.level, field.value.trim()), 200);
    });
    window.addEventListener("hashchange", () => this.goToLink());
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if ("level" in button.dataset) this.filter(button.dataset.level, this.text);
    if ("follow" in button.dataset || button === this.jump) {
      this.setFollow(button === this.jump || !this.follow);
      if (this.follow) this.toEnd();
    }
    if ("wrap" in button.dataset) this.wrap(button);
  }

  scrolled() {
    if (!this.bar.moved()) return;
    const atEnd = this.bar.top >= this.bar.end - ROW * 1.5;
    if (this.follow !== atEnd) this.setFollow(atEnd && !this.over);
    this.schedule();
  }

  setFollow(on) {
    this.follow = on;
    this.seen = this.count;
    this.jump.hidden = true;
    this.querySelector("[data-follow]").setAttribute("aria-pressed", on);
  }

  wrap(button) {
    if (this.count > WRAP_MAX) {
      this.say(`Wrap works up to ${WRAP_MAX.toLocaleString("en")} lines: filter first`);
      return;
    }
    const on = this.classList.toggle("wrap");
    button.setAttribute("aria-pressed", on);
    this.pool.clear();
    this.pad.replaceChildren();
    this.grow();
    this.schedule();
  }

  grow() {
    const wrapped = this.classList.contains("wrap");
    this.bar.resize(wrapped ? 0 : this.count * ROW + 8);
    this.pad.style.width = this.wide ? `${this.wide}ch` : "";
    const all = this.total.toLocaleString("en");
    const lines = `${all} line${this.total === 1 ? "" : "s"}`;
    this.querySelector("[data-n]").textContent = all;
    const shown = this.numbers ? `${this.count.toLocaleString("en")} of ${lines}` : lines;
    this.querySelector("[data-count]").textContent = shown;
  }

  toEnd() {
    this.bar.to(Infinity);
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  // Lines

  row(n) {
    return this.blocks.get(Math.floor((n - 1) / BLOCK))?.[(n - 1) % BLOCK];
  }

  put(n, row) {
    const block = Math.floor((n - 1) / BLOCK);
    if (!this.blocks.has(block)) this.blocks.set(block, []);
    this.blocks.get(block)[(n - 1) % BLOCK] = row;
  }

  async load(block) {
    if (this.loading.has(block)) return;
    this.loading.add(block);
    const blocks = this.blocks;
    const held = blocks.get(block) ?? [];
    const known = held[0] ? [...held, 0].findIndex((row) => !row) : 0;
    const before = block * BLOCK + known;
    const after = this.numbers ? (this.numbers[before - 1] ?? 0) : before;
    try {
      const answer = await fetch(this.address({ after, limit: BLOCK - known }));
      if (!answer.ok) return;
      const { rows } = await answer.json();
      if (blocks !== this.blocks) return; // another filter by now
      const place = (row, i) => (this.numbers ? before + i + 1 : row[0]);
      const fresh = rows.filter((row, i) => !this.row(place(row, i))).length;
      rows.forEach((row, i) => this.put(place(row, i), row));
      if (this.blocks.size > KEEP) this.evict();
      if (fresh) this.schedule(); // else these lines are not there, however often we ask
    } catch {
      this.say("Not reachable");
    } finally {
      this.loading.delete(block);
    }
  }

  address(asked) {
    const query = new URLSearchParams(asked);
    if (this.level) query.set("level", this.level);
    if (this.text) query.set("q", this.text);
    return `${this.dataset.rows}?${query}`;
  }

  evict() {
    const middle = Math.floor(this.bar.top / ROW / BLOCK);
    const last = Math.floor(this.count / BLOCK);
    for (const block of this.blocks.keys())
      if (Math.abs(block - middle) > 20 && block < last - 2) this.blocks.delete(block);
  }

  async filter(level, text) {
    this.level = level;
    this.text = text;
    for (const chip of this.querySelectorAll("[data-level]"))
      chip.setAttribute("aria-pressed", chip.dataset.level === level);
    const asked = (this.asking = {});
    const found = level || text ? await this.matching() : { numbers: null };
    if (asked !== this.asking || !found) return;
    this.list(found);
    this.reset();
    this.grow();
    this.pad.replaceChildren(...(this.count ? [] : [nothing(this.numbers ? "No line matches." : "")]));
    this.bar.to(this.follow ? Infinity : 0);
  }

  // The numbers of all lines that match; nothing when there is no answer
  async matching() {
    const answer = await fetch(this.address({ numbers: 1 }));
    return answer.ok ? answer.json() : null;
  }

  list({ numbers, total }) {
    this.numbers = numbers;
    this.listed = Math.max(total ?? 0, numbers?.at(-1) ?? 0);
  }

  // Lines were left out while a filter is on: ask for the numbers again, and stay where we are
  async renumber() {
    const asked = (this.asking = {});
    const found = await this.matching();
    if (asked !== this.asking || !found) return;
    this.list(found);
    this.arrived(this.total);
  }

  // Drawing

  draw() {
    const wrapped = this.classList.contains("wrap");
    const top = Math.floor(this.bar.top / ROW);
    const shift = this.bar.shift;
    if (shift !== this.shift) for (const [n, line] of this.pool) this.move(line, n);
    this.shift = shift;
    const first = wrapped ? 1 : Math.max(1, top - OVER);
    const last = wrapped
      ? this.count
      : Math.min(this.count, top + Math.ceil(this.box.clientHeight / ROW) + OVER);
    for (const [n, line] of this.pool)
      if (n < first || n > last) {
        line.remove();
        this.pool.delete(n);
      }
    const want = new Set();
    const fresh = document.createDocumentFragment();
    for (let n = first; n <= last; n++) this.place(n, fresh, want);
    this.pad.append(fresh);
    want.forEach((block) => this.load(block));
    if (wrapped && this.follow && this.bar.top < this.bar.end - 1) this.toEnd();
  }

  place(n, fresh, want) {
    const row = this.row(n);
    const old = this.pool.get(n);
    if (!row) want.add(Math.floor((n - 1) / BLOCK));
    if (old && (old.full || !row)) return;
    const line = this.render(n, row);
    line.full = !!row;
    this.move(line, n);
    this.pool.set(n, line);
    if (old) old.replaceWith(line);
    else fresh.append(line);
  }

  move(line, n) {
    line.style.transform = `translateY(${(n - 1) * ROW + this.bar.shift}px)`;
  }

  render(n, row) {
    const line = document.createElement("div");
    const seq = row ? row[0] : (this.numbers?.[n - 1] ?? n);
    const number = document.createElement("a");
    number.className = "no";
    number.href = `#L${seq}`;
    number.textContent = seq;
    number.tabIndex = -1;
    line.append(number);
    if (!row) {
      line.className = "jsm-ln ph";
      line.append("…");
      return line;
    }
    const [, time, level, message, object, grouping, url] = row;
    line.className = `jsm-ln l-${level}${seq === this.target ? " hit" : ""}`;
    line.append(span("t", clock(time)), span("l", level));
    if (grouping && this.row(n - 1)?.[5] !== grouping) {
      line.classList.add("g");
      const heading = span("gr", "▸ ");
      heading.append(...plain(grouping));
      line.append(heading);
    }
    const body = span("b", "");
    if (object) body.append(this.object(object, url), "  ");
    body.append(this.message(message.replaceAll("\n", this.classList.contains("wrap") ? "\n" : " ⏎ ")));
    line.append(body);
    return line;
  }

  object(name, url) {
    const holder = span("o", "");
    if (!/^(\/(?!\/)|https?:\/\/)/.test(url ?? "")) holder.append(...plain(name));
    else holder.append(link(url, ...plain(name)));
    return holder;
  }

  message(text) {
    const holder = span("m", "");
    let done = 0;
    for (const found of text.matchAll(LINK)) {
      holder.append(...this.marked(text.slice(done, found.index)), link(found[2], ...this.marked(found[1])));
      done = found.index + found[0].length;
    }
    holder.append(...this.marked(text.slice(done)));
    return holder;
  }

  marked(text) {
    const at = this.text ? text.toLowerCase().indexOf(this.text.toLowerCase()) : -1;
    if (at < 0) return plain(text);
    const mark = document.createElement("mark");
    mark.append(...plain(text.slice(at, at + this.text.length)));
    return [...plain(text.slice(0, at)), mark, ...plain(text.slice(at + this.text.length))];
  }

  // Links to lines

  linked() {
    return +(/^#L(\d+)$/.exec(location.hash)?.[1] ?? 0);
  }

  async goToLink() {
    const seq = this.linked();
    if (!seq) return;
    this.setFollow(false);
    if (this.numbers && !this.numbers.includes(seq)) await this.filter("", "");
    this.target = seq;
    const n = this.numbers ? this.numbers.indexOf(seq) + 1 : seq;
    this.pool.clear();
    this.pad.replaceChildren();
    this.bar.to((n - 1) * ROW - this.bar.view / 3);
  }

  // Live

  connect() {
    this.say("Connecting");
    const bell = new Bell();
    const steps = new Bell();
    this.stream = new RunStream({
      stream: this.dataset.stream,
      rows: this.dataset.rows,
      feed: this.feed,
      after: this.total,
      onState: (word) => this.say(word),
      onLines: (rows) => {
        this.add(rows);
        if (this.total < 50000) steps.ring("jsm:steps");
      },
      onRun: (run) => {
        const known = run[`${this.feed}_count`];
        if (known > this.total) this.arrived(known);
        this.count_up("[data-warnings]", run.warning_log_count);
        this.count_up("[data-errors]", run.error_log_count);
        bell.ring("jsm:run");
      },
      onEnd: () => {
        this.over = true;
        this.toggleAttribute("data-calm", true);
        this.say("Ended");
        this.querySelector("[data-rate]").textContent = "";
        document.querySelectorAll(".jsm-told.until-end").forEach((each) => each.remove());
        bell.ring("jsm:run");
        steps.ring("jsm:steps");
      },
    });
  }

  say(word) {
    this.querySelector("[data-state]").textContent = word;
  }

  count_up(selector, number) {
    const place = this.querySelector(selector);
    if (place && number != null) place.textContent = number.toLocaleString("en");
  }

  add(rows) {
    this.rate(rows.length);
    const gap = rows[0][0] > this.heard + 1;
    this.heard = rows.at(-1)[0];
    if (!this.numbers) for (const row of rows) this.put(row[0], row);
    else if (gap) this.renumber();
    else for (const row of rows) this.match(row);
    if (this.blocks.size > KEEP) this.evict();
    this.arrived(this.heard);
  }

  match(row) {
    if (row[0] <= this.listed) return;
    this.listed = row[0];
    if (!this.matches(row)) return;
    this.numbers.push(row[0]);
    this.put(this.numbers.length, row);
  }

  arrived(last) {
    this.total = Math.max(this.total, last);
    this.grow();
    if (this.follow) this.toEnd();
    else {
      const fresh = this.count - this.seen;
      this.jump.hidden = fresh <= 0;
      this.jump.lastElementChild.textContent = `${fresh.toLocaleString("en")} new`;
    }
    this.schedule();
  }

  matches(row) {
    const groups = { error: ["failure", "error", "critical"] };
    const levels = groups[this.level] ?? [this.level];
    const words = this.text.toLowerCase();
    return (
      (!this.level || levels.includes(row[2])) &&
      (!words || [row[3], row[4], row[5]].some((each) => each?.toLowerCase().includes(words)))
    );
  }

  rate(lines) {
    const now = performance.now();
    this.recent.push([now, lines]);
    while (this.recent[0][0] < now - 3000) this.recent.shift();
    const sum = this.recent.reduce((all, each) => all + each[1], 0);
    this.querySelector("[data-rate]").textContent = `${Math.round(sum / 3)} lines/s`;
  }
}

// <jsm-watch>: refreshes the head of a run on tabs without a viewer
class JsmWatch extends HTMLElement {
  connectedCallback() {
    const bell = new Bell();
    this.stream = new RunStream({
      stream: this.dataset.stream,
      rows: this.dataset.rows,
      feed: "run",
      after: 0,
      onState: () => {},
      onLines: () => {},
      onRun: () => bell.ring("jsm:run"),
      onEnd: () => location.reload(),
    });
  }

  disconnectedCallback() {
    this.stream.close();
  }
}

const span = (name, text) => {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
};
const link = (address, ...content) => {
  const made = document.createElement("a");
  made.href = address;
  made.append(...content);
  return made;
};
// Characters that turn the direction of what follows, or control, are shown, each held in a box of its own.
const plain = (text) =>
  text.split(/([\u202A-\u202E\u2066-\u2069\0-\x08\v\f\x0E-\x1F\x7F-\x9F])/).map((part, i) => {
    if (i % 2 === 0) return part;
    const turn = span("jsm-turn", part);
    turn.dataset.code = `U+${part.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    return turn;
  });
const nothing = (text) => {
  const made = document.createElement("p");
  made.className = "jsm-log-none";
  made.textContent = text;
  return made;
};
const clock = (seconds) => {
  const at = new Date(seconds * 1000);
  return `${at.toLocaleTimeString("en-GB")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
};
customElements.define("jsm-log", JsmLog);
customElements.define("jsm-watch", JsmWatch);
