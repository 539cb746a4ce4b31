// The screens by name, in the order of the tabs.
import { Game } from "./game.js";
import { Line } from "./line.js";
import { Plane } from "./plane.js";
import { Relatives } from "./relatives.js";
import { Samples } from "./samples.js";
import { Saturation } from "./saturation.js";

export const SCREENS = { line: Line, game: Game, plane: Plane, samples: Samples, saturation: Saturation, relatives: Relatives };
