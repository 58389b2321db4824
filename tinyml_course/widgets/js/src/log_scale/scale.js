// SPDX-License-Identifier: Apache-2.0
// Where a number of bytes stands, on an axis between logarithmic and linear, and how that changes over time.

// `now.mix` is 0 on a logarithmic axis and 1 on a linear one that ends at 10 to the `now.power`.
export function place(bytes, now, frame) {
  const { left, right, low, high } = frame;
  const log = (Math.log10(Math.max(bytes, 10 ** low)) - low) / (high - low);
  const linear = bytes / 10 ** now.power;
  return left + (right - left) * ((1 - now.mix) * log + now.mix * linear);
}

// The bytes at a pixel, for an axis at rest.
export function bytesAt(x, now, frame) {
  const { left, right, low, high } = frame;
  const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
  const bytes = now.mix < 0.5 ? 10 ** (low + share * (high - low)) : share * 10 ** now.power;
  return Math.min(10 ** high, Math.max(10 ** low, bytes));
}

// The nearest of `targets` if it is less than `reach` pixels away.
export function snapped(x, targets, now, frame, reach = 5) {
  const near = targets
    .map((bytes) => [Math.abs(place(bytes, now, frame) - x), bytes])
    .filter(([distance]) => distance < reach)
    .sort(([a], [b]) => a - b);
  return near.length ? near[0][1] : bytesAt(x, now, frame);
}

// Move the numbers of `now` to those of `target`, in steps that the eye can follow; `draw` is called after each.
export function glider(now, draw) {
  let request = 0;
  return {
    to(target, milliseconds) {
      cancelAnimationFrame(request);
      const from = { ...now };
      const start = performance.now();
      const step = (time) => {
        const share = milliseconds > 0 ? Math.min(1, Math.max(0, (time - start) / milliseconds)) : 1;
        const eased = share * share * (3 - 2 * share);
        for (const name of Object.keys(target))
          now[name] = share === 1 ? target[name] : from[name] + (target[name] - from[name]) * eased;
        draw();
        if (share < 1) request = requestAnimationFrame(step);
      };
      step(start);
    },
    stop: () => cancelAnimationFrame(request),
  };
}
