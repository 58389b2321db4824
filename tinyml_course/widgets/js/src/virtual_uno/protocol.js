// SPDX-License-Identifier: Apache-2.0
// The computer's side of the sketches' serial protocol (board/client.py), as far as the page needs it. One request at
// a time: a board that computes does not read, and its buffer is small. Knows no page.

const ANSWER_CYCLES = 160e6; // ten seconds on the board
const START_CYCLES = 8e6; // a sketch that says nothing after its start is taken to be ready
const LONGEST_QUEUE = 1000;
const LONGEST_LINE = 4000;

// values: integers; bytesEach: of one value, little-endian; negative ones in two's complement.
export function request(values, bytesEach) {
  let text = "o ";
  for (const value of values) {
    for (let byte = 0; byte < bytesEach; byte++) text += ((value >> (8 * byte)) & 0xff).toString(16).padStart(2, "0");
  }
  return `${text}\n`;
}

// {classIndex, microseconds, outputs}, or null if the line is no answer to a sample.
export function parseAnswer(line) {
  if (!/^[co]( -?\d+){2,}$/.test(line)) return null;
  const [classIndex, microseconds, ...outputs] = line.slice(2).split(" ").map(Number);
  return { classIndex, microseconds, outputs };
}

// {classIndex, microseconds, missed}: what a listening sketch (export/c/sensing.h) says of a window of its signal.
export function parseWindow(line) {
  const found = /^w \d+ (\d+) (\d+) (\d+)$/.exec(line);
  return found && { classIndex: Number(found[1]), microseconds: Number(found[2]), missed: Number(found[3]) };
}

// Sure: the best score stands clear of the second. Scores have no unit, so their own range is the measure.
// Of a 2 KB Bonsai's answers to the 540 test digits, this calls all 4 wrong ones unsure, and 18 of the 536 right ones.
const CLEAR_SHARE = 0.1;

export function judge(outputs) {
  if (outputs.length < 2) return { second: null, unsure: false };
  const order = outputs.map((_, i) => i).sort((a, b) => outputs[b] - outputs[a] || a - b);
  const [best, second] = order.map((i) => outputs[i]);
  const range = best - outputs[order[order.length - 1]];
  return { second: order[1], unsure: best - second <= CLEAR_SHARE * range };
}

export class Asker {
  // send(text): to the board; onReady(); onAnswer({classIndex, microseconds, outputs, tag}); onWindow({classIndex,
  // microseconds, missed}); onTrouble(text).
  constructor({ send, onReady, onAnswer, onWindow, onTrouble }) {
    this.send = send;
    this.onReady = onReady;
    this.onAnswer = onAnswer;
    this.onWindow = onWindow;
    this.onTrouble = onTrouble;
    this.queue = []; // {text, tag, replaceable}
    this.restart(0);
  }

  // The board started (again): what it was asked it has forgotten.
  restart(cycles) {
    this.ready = false;
    this.startedAt = cycles;
    if (this.asked) this.queue.unshift(this.asked);
    this.asked = null;
    this.line = "";
  }

  // replaceable: a later one takes its place, as a drawing that goes on.
  ask(text, tag, replaceable = false) {
    const last = this.queue[this.queue.length - 1];
    if (replaceable && last?.replaceable) this.queue.pop();
    if (this.queue.length < LONGEST_QUEUE) this.queue.push({ text, tag, replaceable });
    else this.onTrouble(`More than ${LONGEST_QUEUE} requests wait for the board: the last one was dropped.`);
  }

  // Everything the board sent.
  receive(text) {
    for (const part of text.split(/(?<=\n)/)) {
      this.line = (this.line + part).slice(-LONGEST_LINE);
      if (!part.endsWith("\n")) continue;
      this.readLine(this.line.replace(/\r?\n$/, ""));
      this.line = "";
    }
  }

  readLine(line) {
    if (line.startsWith("ready ")) this.hearReady();
    const heard = parseWindow(line);
    if (heard) this.onWindow(heard);
    const answer = parseAnswer(line);
    if (this.asked && answer) {
      const { tag } = this.asked;
      this.asked = null;
      this.onAnswer({ ...answer, tag });
    } else if (this.asked && /^e \w+$/.test(line)) {
      this.asked = null;
      this.onTrouble(`The board refused the image: "${line}".`);
    }
  }

  hearReady() {
    this.ready = true;
    this.onReady();
  }

  // To be called now and then while the board runs.
  turn(cycles) {
    if (!this.ready && cycles - this.startedAt > START_CYCLES) this.hearReady();
    if (this.asked && cycles - this.askedAt > ANSWER_CYCLES) {
      this.asked = null;
      this.onTrouble("The board gave no answer within ten seconds of its time. Reset it, or look at the serial monitor.");
    }
    if (this.asked || !this.ready || !this.queue.length) return;
    this.asked = this.queue.shift();
    this.askedAt = cycles;
    this.send(this.asked.text);
  }
}
