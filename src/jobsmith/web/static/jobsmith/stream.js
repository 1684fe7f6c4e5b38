// A run's events: server-sent where the server can, else asked for every two seconds.
const POLL = 2000, HIDDEN_FOR = 60000, PAGE = 1000, ASK_AGAIN = 60000;
const GONE = [401, 403, 404];

export class RunStream {
  constructor({ stream, rows, feed, after, onLines, onRun, onEnd, onState }) {
    Object.assign(this, { stream, rows, feed, after, onLines, onRun, onEnd, onState });
    this.visibility = () => this.watchTab();
    document.addEventListener("visibilitychange", this.visibility);
    this.open();
  }

  open() {
    this.source = new EventSource(`${this.stream}?feed=${this.feed}&after=${this.after}`);
    this.source.addEventListener("lines", (event) => this.take(JSON.parse(event.data)));
    this.source.addEventListener("run", (event) => this.onRun(JSON.parse(event.data)));
    this.source.addEventListener("end", () => this.finish());
    this.source.onopen = () => this.onState("Live");
    this.source.onerror = () => {
      // A refused stream (403, 501, 503) is closed for good; a broken one reconnects by itself.
      if (this.source.readyState !== EventSource.CLOSED) return this.onState("Reconnecting");
      this.openAt = performance.now() + ASK_AGAIN;
      this.poll();
    };
  }

  take(rows) {
    if (!rows.length) return;
    this.after = Math.max(this.after, rows.at(-1)[0]);
    this.onLines(rows);
  }

  async poll() {
    if (this.over) return;
    if (performance.now() > this.openAt) return this.open();
    try {
      const answer = await fetch(`${this.rows}?after=${this.after}&limit=${PAGE}`);
      if (GONE.includes(answer.status)) return this.onState("Out of your reach by now");
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      this.onState("Live, every 2 s");
      this.take(found.rows);
      this.onRun({ status: found.status, [`${this.feed}_count`]: found.total, polled: true });
      if (found.over && !found.more) return this.finish();
      this.timer = setTimeout(() => this.poll(), found.more ? 0 : POLL);
    } catch {
      this.onState("Reconnecting");
      this.timer = setTimeout(() => this.poll(), POLL * 2);
    }
  }

  // Browsers allow six connections to a host: let go of one that nobody looks at.
  watchTab() {
    clearTimeout(this.rest);
    if (this.over) return;
    if (document.hidden) this.rest = setTimeout(() => this.pause(), HIDDEN_FOR);
    else if (this.paused) {
      this.paused = false;
      this.open();
    }
  }

  pause() {
    this.paused = true;
    this.source.close();
    clearTimeout(this.timer);
  }

  finish() {
    this.over = true;
    this.close();
    this.onEnd();
  }

  close() {
    this.source.close();
    clearTimeout(this.timer);
    clearTimeout(this.rest);
    document.removeEventListener("visibilitychange", this.visibility);
  }
}

// Tells the page, at most once a second, that its run has changed.
export class Bell {
  ring(name) {
    if (this.timer) return;
    const wait = Math.max(0, 1000 - (performance.now() - (this.last ?? -1000)));
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.last = performance.now();
      document.body.dispatchEvent(new CustomEvent(name));
    }, wait);
  }
}
