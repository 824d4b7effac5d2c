// @ts-check
// A child's last reply times as a line, in words for those who don't see it.

import { h, setText, t } from './dom.js';
import { latency } from './time.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 64;
const HEIGHT = 16;

export class Sparkline {
  constructor() {
    this.line = document.createElementNS(SVG, 'polyline');
    this.svg = document.createElementNS(SVG, 'svg');
    this.svg.setAttribute('viewBox', `-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`);
    this.svg.setAttribute('aria-hidden', 'true');
    this.svg.append(this.line);
    this.last = h('span', { 'aria-hidden': 'true' });
    this.words = h('span.visually-hidden');
    this.element = h('p.sparkline', {
      testid: 'sparkline', hidden: true,
    }, this.svg, this.last, this.words);
  }

  /** @param {number[]} times in milliseconds, the newest last */
  draw(times) {
    this.element.hidden = times.length === 0;
    if (times.length === 0) return;
    // One alone is no line.
    this.svg.style.display = times.length > 1 ? '' : 'none';
    const slowest = Math.max(...times);
    const step = WIDTH / Math.max(1, times.length - 1);
    this.line.setAttribute('points', times.map((ms, index) => (
      `${(index * step).toFixed(1)},${(HEIGHT * (1 - ms / (slowest || 1))).toFixed(1)}`
    )).join(' '));
    const last = latency(times[times.length - 1]);
    const sorted = [...times].sort((a, b) => a - b);
    const words = t('replyTimes', {
      last, median: latency(sorted[Math.floor((sorted.length - 1) / 2)]), slowest: latency(slowest),
    });
    setText(this.last, last);
    setText(this.words, words);
    this.element.title = words;
  }
}
