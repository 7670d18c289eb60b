/** How long a call takes. */

const WARM_UP = 60; // milliseconds
const ROUND = 8; // milliseconds, against which a browser's coarse clock is fine
const MOST = 15; // rounds
const LONGEST = 400; // milliseconds in all

/**
 * Return the median time of a call in milliseconds: of rounds of so many calls that a
 * round is long enough to be measured, as the warm-up tells.
 */
export async function timePerCall(call) {
  let count = 0;
  let spent = 0;
  while (spent < WARM_UP) {
    spent += await round(call, 1 + count);
    count += 1 + count;
  }
  const calls = Math.max(1, Math.round((count * ROUND) / spent));
  const rounds = Math.max(
    3,
    Math.min(MOST, Math.floor(LONGEST / ((calls * spent) / count))),
  );
  const times = [];
  for (let each = 0; each < rounds; each += 1) {
    times.push((await round(call, calls)) / calls);
  }
  times.sort((a, b) => a - b);
  return { milliseconds: times[Math.floor(rounds / 2)], rounds, calls };
}

async function round(call, calls) {
  const start = performance.now();
  for (let each = 0; each < calls; each += 1) {
    await call();
  }
  return performance.now() - start;
}
