// What an address asks for: a state by its link, with the turns to its step, or a preset by its name.
import * as link from "./link.js";
import { own } from "./own.js";

const UNITS = ["nats", "bits"];

export function opened(text, { screens, presets }) {
  // {state, turns, screen, chosen, unit}; of an address that cannot be opened none, and the complaint.
  try {
    const [, of, name] = /^(\w+)\/(\w+)$/.exec(text ?? "") ?? [];
    if (of) return preset(own(own(presets, of), name), of, name);
    const { screen, turns = [], unit, ...state } = text ? link.read(text) : {};
    if (screen !== undefined && !own(screens, screen)) throw new link.LinkError("link.screen");
    if (!Array.isArray(turns) || !turns.every(turn)) throw new link.LinkError("link.broken");
    if (unit !== undefined && !UNITS.includes(unit)) throw new link.LinkError("link.broken");
    return { screen, state, turns, unit };
  } catch (error) {
    if (!(error instanceof link.LinkError)) throw error;
    return { state: {}, turns: [], complaint: error.message };
  }
}

function turn(each) {
  return Array.isArray(each) && each.length === 2 && typeof each[0] === "string" && Number.isInteger(each[1]) && each[1] > 0;
}

function preset(fields, screen, name) {
  if (!fields) throw new link.LinkError("link.preset");
  return { screen, state: { ...fields }, turns: [], chosen: name };
}
