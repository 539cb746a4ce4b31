// The connection: subprotocol divkit-lab.1, frames, and coming back after a loss.
import { token } from "./link.js";

const PROTOCOL = "divkit-lab.1";
const SESSION = "divkit-lab-session";
const WAITS = [250, 500, 1000, 2000, 4000];
const SILENT = 60_000;
const ASKS = new Set(["set", "step", "ask", "play", "export"]);
const VIEWS = { u1: Uint8Array, u2: Uint16Array, i2: Int16Array, f4: Float32Array };

export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  const arrays = {};
  for (const [name, type, shape] of head.arrays) {
    const View = VIEWS[type];
    const count = shape.reduce((a, b) => a * b, 1);
    arrays[name] = new View(buffer, at, count);
    at += Math.ceil((count * View.BYTES_PER_ELEMENT) / 4) * 4;
  }
  return { head, arrays };
}

export class Wire extends EventTarget {
  // Events: "welcome", "turned" (away), "frame", "message", "lost", "ended"; detail holds what came.
  // "silent": a minute has gone by without a word, and something was asked for.
  #socket = null;
  #tries = 0;
  #over = false;
  #welcomed = false;
  #deadline = null;

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    if (!token()) {
      // No link holds it: whoever opens one in a new tab has to say it.
      this.#over = true;
      return void this.#tell("turned", { why: "link.token", of: "token" });
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/session`, PROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      const session = sessionStorage.getItem(SESSION);
      this.say({ type: "hello", token: token(), ...(session && { session }) });
    };
    // A socket that another has taken the place of closes late, and says nothing any more.
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(data);
    socket.onclose = () => socket === this.#socket && this.#closed();
    this.#socket = socket;
    this.#over = this.#welcomed = false;
  }

  say(message) {
    if (!this.open) return;
    this.#socket.send(JSON.stringify(message));
    if (ASKS.has(message.type)) this.#expect(true);
  }

  #expect(more) {
    clearTimeout(this.#deadline);
    this.#deadline = more ? setTimeout(() => this.#tell("silent", { seconds: SILENT / 1000 }), SILENT) : null;
  }

  afresh() {
    sessionStorage.removeItem(SESSION);
    this.#tries = 0;
    this.connect();
  }

  #take(data) {
    if (data instanceof ArrayBuffer) {
      if (this.#deadline) this.#expect(true);
      const frame = unpacked(data);
      this.#tell("frame", frame);
      this.say({ type: "ack", frame: frame.head.frame });
      return;
    }
    const message = JSON.parse(data);
    if (this.#deadline) this.#expect(message.type !== "refused" && message.type !== "exported" && message.more !== false);
    if (message.type === "welcome") {
      const same = sessionStorage.getItem(SESSION) === message.session;
      sessionStorage.setItem(SESSION, message.session);
      this.#tries = 0;
      this.#welcomed = true;
      this.#tell("welcome", { same });
    } else if (message.type === "ended") {
      this.#over = true;
      sessionStorage.removeItem(SESSION);
      this.#tell("ended", message);
    } else if (message.type === "refused" && message.of === "late") {
      // The hello of a page on a slow machine; it is said again once the connection is closed.
    } else if (message.type === "refused" && !this.#welcomed) {
      this.#over = true;
      this.#tell("turned", message);
    } else this.#tell("message", message);
  }

  #closed() {
    this.#expect(false);
    if (this.#over) return;
    this.#tell("lost", { tries: this.#tries });
    const wait = WAITS[Math.min(this.#tries++, WAITS.length - 1)];
    setTimeout(() => this.connect(), wait);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
