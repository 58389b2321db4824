// SPDX-License-Identifier: Apache-2.0
// What an analog input has seen of late. Knows no page.

// Voltages at `count` equally spaced moments of the last `span` cycles, the newest last. A wave knows its past; a voltage
// that was set by hand is taken to have been there all the time, and so is what came before the wave.
export function recent(uno, channel, span, count) {
  const wave = uno.waves[channel];
  const level = uno.volts[channel];
  return Array.from({ length: count }, (_, i) => {
    if (!wave) return level;
    const cycle = uno.cycles - (span * (count - 1 - i)) / (count - 1);
    if (cycle < wave.start) return level;
    const played = Math.floor((cycle - wave.start) / wave.cyclesPerValue);
    const { length } = wave.volts;
    return wave.volts[wave.repeat ? played % length : Math.min(played, length - 1)];
  });
}
