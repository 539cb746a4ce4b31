// The screens by name, in the order of the tabs.
import { Line } from "./line.js";

export const SCREENS = { line: Line };
