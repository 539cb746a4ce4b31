// A screen that moves: its playback, the points that are measured along its way, and what begins anew.
import { Playback } from "./playback.js";

export class Moving {
  constructor(lab) {
    this.lab = lab;
    this.moves = true;
    this.along = [];
  }

  // show(frame) draws a picture; who are the steps' buttons; along are charts of points with bars.
  follow(show, who, along = []) {
    this.playback = new Playback(this.lab, show, who);
    this.along = along;
  }

  fresh() {
    this.playback.fresh();
    for (const bars of this.along) bars.forget();
  }

  like({ playback, along }) {
    // Where the same screen was before its words changed.
    this.playback.like(playback);
    for (const [k, bars] of this.along.entries()) bars.like(along[k]);
  }

  frame(frame) {
    // At the first step another training has begun: what is known is of the one before.
    if (frame.head.step === 0 && this.playback.at !== 0) {
      this.playback.forget();
      for (const bars of this.along) bars.forget();
    }
    this.playback.frame(frame);
  }

  numbers(message) {
    const { step, values } = message;
    this.playback.numbers(message);
    for (const bars of this.along) bars.take(step, values);
  }

  point(message) {
    this.numbers(message);
  }

  playing(on, sure) {
    this.playback.playing(on, sure);
  }
}
