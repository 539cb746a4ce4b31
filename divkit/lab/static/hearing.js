// What comes over the wire, and what has become of the connection.
import { saveText } from "./export.js";
import { said, t } from "./words.js";

export class Hearing {
  constructor(lab) {
    this.lab = lab;
    const on = (name, heard) => lab.wire.addEventListener(name, ({ detail }) => heard(detail));
    on("welcome", (detail) => this.#welcome(detail));
    on("frame", (frame) => this.#frame(frame));
    on("message", (message) => this.#message(message));
    on("lost", ({ tries }) => {
      this.broken = true;
      lab.notices.connection(() => t("connection.lost"), tries > 1 ? "now" : null);
      this.#away();
    });
    on("turned", ({ why, of }) => {
      this.#away();
      lab.notices.connection(() => said(why), "again", of);
    });
    on("silent", (detail) => {
      this.silent = true;
      lab.notices.connection(() => t(lab.playing ? "connection.stalled" : "connection.silent", detail), "again");
    });
    on("ended", (detail) => this.#ended(detail));
  }

  #welcome({ same }) {
    const { lab } = this;
    lab.notices.connection("");
    lab.figures.away(false);
    lab.mark();
    lab.wished = null;
    this.resuming = same;
    if (!same) lab.fresh(lab.address.turns());
    // Who comes back to another process is told why what played stands still.
    if (!same && this.broken) lab.say(() => t("connection.anew"));
    this.broken = this.silent = false;
  }

  #away() {
    // Without its process nothing plays, and no number is the state's own.
    const { lab } = this;
    lab.playing = false;
    lab.wished = null;
    lab.shown();
    lab.screen.away?.();
    lab.figures.away(true);
    lab.mark();
  }

  #ended({ why, again }) {
    const { lab } = this;
    this.#away();
    const told = () => t("connection.ended", { why: said(why) });
    lab.say(told, "refused");
    lab.notices.connection(told, "again");
    // A state that has ended its process is not begun anew by itself a second time.
    const state = JSON.stringify([lab.name, lab.state]);
    if (again && this.restarted !== state) {
      this.restarted = state;
      lab.wire.afresh();
    }
  }

  #heard() {
    if (this.silent) this.lab.notices.connection("");
    this.silent = false;
  }

  #frame(frame) {
    const { lab } = this;
    const { head } = frame;
    this.#heard();
    if (head.screen !== lab.name) return;
    lab.last = frame;
    // One that was under way when a button was pressed does not undo it.
    if (head.playing === lab.wished) lab.wished = null;
    if (lab.wished === null) lab.playing = head.playing;
    if (!lab.screen.playback?.back) lab.figures.stepped(head.step);
    lab.screen.frame(frame, head.seq === lab.seq);
    if (head.seq === lab.seq) Object.assign(lab, { ahead: head.ahead, way: head.way });
    lab.mark();
    lab.shown();
    lab.notices.share(head);
  }

  #resumed({ seq, screen, state }) {
    // A page that was loaded anew goes on where its process is; one that has moved since, or that
    // was opened by another address, is what its process has to follow.
    const { lab } = this;
    this.resuming = false;
    if (screen === "" || lab.begun ? screen !== lab.name || seq !== lab.seq : !lab.again) {
      lab.seq = Math.max(lab.seq, seq);
      return void lab.fresh(lab.address.turns());
    }
    Object.assign(lab, { state, seq, begun: true });
    if (lab.name !== screen) {
      Object.assign(lab, { name: screen, chosen: null });
      lab.build();
    }
    lab.since = seq;
    lab.figures.moved(seq);
    lab.told();
  }

  #turnedDown({ seq = this.lab.seq, of = "set", why }) {
    // A refused state has no numbers; one of which a part was refused has the others.
    const { lab } = this;
    lab.wished = null;
    if (seq !== lab.seq) return;
    lab.busy(false);
    lab.playing = false;
    lab.shown();
    lab.say(() => said(why), "refused");
    lab.figures.refused(seq, of === "set");
    if (of !== "set") return;
    lab.refused = true;
    lab.ahead = 0;
    lab.done = `${seq} ${lab.figures.step}`;
    lab.mark();
  }

  #state(message) {
    const { lab } = this;
    if (message.state.live) lab.follow(message.screen);
    if (this.resuming) return void this.#resumed(message);
    if (message.screen !== lab.name) return;
    lab.state = message.seq < lab.seq ? { ...message.state, ...lab.state } : message.state;
    lab.told();
  }

  #numbers(message) {
    const { lab } = this;
    lab.figures.take(message);
    if (!message.more) {
      lab.busy(false);
      lab.done = `${message.seq} ${message.step}`;
    }
    lab.mark();
    lab.screen.numbers?.(message);
  }

  #message(message) {
    const { lab } = this;
    const own = message.seq === lab.seq;
    this.#heard();
    switch (message.type) {
      case "numbers":
        this.#numbers(message);
        break;
      case "state":
        this.#state(message);
        break;
      case "point":
        if (own) lab.screen.point?.(message);
        break;
      case "patch":
        if (own) lab.change(message.patch);
        break;
      case "refused":
        this.#turnedDown(message);
        break;
      case "waits":
        lab.notices.shared.textContent = t("connection.waits", { seconds: Math.ceil(message.seconds) });
        break;
      case "busy":
        lab.busy(true);
        break;
      case "rest":
        lab.playing = false;
        lab.wished = null;
        lab.shown();
        if (message.over) lab.say(() => t("live.over"));
        break;
      case "exported":
        saveText(message.text, `divkit-lab-${lab.name}.py`, "text/x-python");
        break;
    }
  }
}
