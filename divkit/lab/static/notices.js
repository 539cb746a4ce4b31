// What the page says about itself: a notice, what has become of its process, and how fast it may be.
import { button } from "./controls.js";
import { know } from "./link.js";
import { el, empty } from "./dom.js";
import { t } from "./words.js";

const text = (told) => (typeof told === "function" ? told() : told);

export class Notices {
  // What is told is a text, or what gives it in the language of the page.
  constructor(wire) {
    this.wire = wire;
    this.missing = [""];
    this.linked = null;
    this.build();
  }

  build() {
    this.told = [""];
    this.notice = el("p", { class: "notice", role: "alert", hidden: true });
    this.broken = el("div", { class: "connection", role: "alert", hidden: true });
    this.shared = el("p", { class: "shared" });
    this.quiet = el("p", { class: "quiet means", role: "status" }, text(this.linked?.told ?? ""));
    this.connection(...this.missing);
  }

  like({ told, head }) {
    // As it was before the words changed.
    this.say(...told);
    this.share(head);
  }

  say(told, kind = "") {
    this.told = [told, kind];
    // What follows the first line shows a place in what was typed: signs below signs.
    const [first, ...shown] = text(told).split("\n");
    empty(this.notice, first, shown.length ? el("code", {}, shown.join("\n")) : null);
    this.notice.className = `notice ${kind}`;
    this.notice.hidden = !told;
  }

  get words() {
    return text(this.told[0]);
  }

  link(key, told) {
    // What an address cannot hold: said when it comes to that, and not with every state after it.
    if (key === (this.linked?.key ?? null)) return;
    this.linked = key && { key, told };
    this.quiet.textContent = text(this.linked?.told ?? "");
  }

  offer(words, given) {
    // A text to be copied by hand, selected, where the browser does not do it.
    const field = el("input", { type: "text", id: "field-copy", readonly: true, value: given, spellcheck: "false" });
    this.say(words);
    this.notice.append(" ", field);
    field.setAttribute("aria-label", text(words));
    field.focus();
    field.select();
  }

  connection(told, way = null, of = null) {
    // way: "now", another try at once; "again", another process, or another token.
    this.missing = [told, way, of];
    const afresh = () => { this.connection(""); this.wire.afresh(); };
    const acts = { again: afresh, now: () => this.wire.retry() };
    empty(this.broken, text(told), of === "token" ? this.#asking(afresh) : way && button(way, acts[way]));
    this.broken.hidden = !told;
    document.body.classList.toggle("offline", Boolean(told));
  }

  #asking(again) {
    const field = el("input", { type: "text", id: "field-token", autocomplete: "off", spellcheck: "false", autocapitalize: "off", maxlength: 500 });
    return el("form", { class: "asking", onsubmit: (event) => {
      event.preventDefault();
      if (!field.value.trim()) return;
      know(field.value);
      again();
    } }, el("label", { for: field.id }, t("link.paste")), field, el("button", { type: "submit" }, t("buttons.open")));
  }

  share(head) {
    // What the head of the last picture says of its process.
    this.head = head;
    const { share = 1, ahead = 0 } = head ?? {};
    this.shared.textContent = ahead > 0 ? t("connection.ahead", { steps: ahead })
      : share < 1 ? t("connection.shared", { share: Math.round(100 * share) }) : "";
  }
}
