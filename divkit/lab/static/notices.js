// What the page says about itself: a notice, what has become of its process, and how fast it may be.
import { button } from "./controls.js";
import { know } from "./link.js";
import { el, empty } from "./dom.js";
import { t } from "./words.js";

const text = (told) => (typeof told === "function" ? told() : told);

export class Notices {
  // What is told is a text, or what gives it in the language of the page.
  constructor(again) {
    this.again = again;
    this.missing = [""];
    this.build();
  }

  build() {
    this.told = [""];
    this.notice = el("p", { class: "notice", role: "alert", hidden: true });
    this.broken = el("div", { class: "connection", role: "alert", hidden: true });
    this.shared = el("p", { class: "shared" });
    this.connection(...this.missing);
  }

  like({ told, head }) {
    // As it was before the words changed.
    this.say(...told);
    this.share(head);
  }

  say(told, kind = "") {
    this.told = [told, kind];
    this.notice.textContent = text(told);
    this.notice.className = `notice ${kind}`;
    this.notice.hidden = !told;
  }

  connection(told, over = false, of = null) {
    // Once it is over it can begin again, or with another token.
    this.missing = [told, over, of];
    const again = () => { this.connection(""); this.again(); };
    empty(this.broken, text(told), of === "token" ? this.#asking(again) : over && button("again", again));
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
