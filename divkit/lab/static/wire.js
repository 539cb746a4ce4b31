// The connection: subprotocol divkit-lab.1, frames, and coming back after a loss.
import { token } from "./link.js";

const PROTOCOL = "divkit-lab.1";
const SESSION = "divkit-lab-session";
const WAITS = [250, 500, 1000, 2000, 4000];
const SILENT = 60_000;
// A server that has said nothing for so long is asked whether it is there; its answer is waited for.
const BEAT = 5_000;
const ANSWER = 6_000;
const LOOK = 2_000;
const WAKES = ["online", "offline", "pageshow", "focus"];
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
  // "silent": a minute has gone by without a word, and something was asked for, or plays.
  #socket = null;
  #tries = 0;
  #over = false;
  #welcomed = false;
  #deadline = null;
  #heard = 0;
  #asked = null;
  #plays = false;
  #looked = Date.now();

  constructor() {
    super();
    setInterval(() => this.#look(), LOOK);
    for (const name of WAKES) addEventListener(name, () => this.#ask());
    document.addEventListener("visibilitychange", () => document.hidden || this.#ask());
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get ready() {
    return this.open && this.#welcomed;
  }

  set plays(on) {
    if (on === this.#plays) return;
    this.#plays = on;
    if (on) this.#expect(true);
  }

  connect() {
    clearTimeout(this.again);
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
    this.#asked = null;
    this.#heard = Date.now();
  }

  // Whether the other end is there: a connection may die without a word, in the sleep of a machine too.

  #look() {
    const now = Date.now();
    // A page that has slept, or was hidden, begins to wait anew.
    const slept = now - this.#looked > ANSWER;
    this.#looked = now;
    if (slept && this.#asked !== null) this.#asked = now;
    const waits = this.#socket?.readyState === WebSocket.CONNECTING || this.#asked !== null;
    const since = this.#asked ?? this.#heard;
    if (waits && now - since > ANSWER) this.#drop();
    else if (!waits && (slept || now - this.#heard > BEAT)) this.#ask();
  }

  #ask() {
    if (!this.ready) return;
    this.#asked ??= Date.now();
    this.#socket.send(JSON.stringify({ type: "ping" }));
  }

  #drop() {
    if (this.#over || this.#socket === null) return;
    const socket = this.#socket;
    this.#socket = null;
    socket.close();
    this.#closed();
  }

  retry() {
    // At once, and not when the next try is due.
    if (this.#socket?.readyState === WebSocket.CONNECTING || this.ready) return;
    this.connect();
  }

  say(message) {
    if (!this.open) return;
    this.#socket.send(JSON.stringify(message));
    if (ASKS.has(message.type)) this.#expect(true);
  }

  #expect(more, later = 0) {
    clearTimeout(this.#deadline);
    const waits = more || this.#plays;
    this.#deadline = waits ? setTimeout(() => this.#tell("silent", { seconds: SILENT / 1000 }), SILENT + 1000 * later) : null;
  }

  afresh() {
    sessionStorage.removeItem(SESSION);
    this.#tries = 0;
    this.connect();
  }

  #take(data) {
    this.#heard = Date.now();
    this.#asked = null;
    if (data instanceof ArrayBuffer) {
      if (this.#deadline) this.#expect(true);
      const frame = unpacked(data);
      this.#tell("frame", frame);
      this.say({ type: "ack", frame: frame.head.frame });
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "pong") return;
    if (this.#deadline) this.#expect(message.type !== "refused" && message.type !== "exported" && message.more !== false, message.type === "waits" ? message.seconds : 0);
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
    this.#welcomed = this.#plays = false;
    this.#expect(false);
    if (this.#over) return;
    this.#tell("lost", { tries: this.#tries });
    const wait = WAITS[Math.min(this.#tries++, WAITS.length - 1)];
    this.again = setTimeout(() => this.connect(), wait);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
