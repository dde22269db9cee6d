// Lines over the last minutes, as a drawing that a keyboard can read too.
import { h, s } from './dom.js';

const longest = 300_000, shortest = 60_000, kept = 300;
const left = 48, right = 8, top = 10, bottom = 24;

/** The samples there are, and those that came after them: all, where the server has started again and its clock was set back. */
export function joined(samples, more) {
  return [...samples.filter(sample => more.length === 0 || sample.time < more[0].time), ...more].slice(-kept);
}

function ceiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map(step => step * power).find(step => step >= value);
}

/** A chart: lines are { key, label, value(sample), area }; format makes a value readable. */
export class Chart {
  constructor({ title, lines, format, summary, nothing }) {
    Object.assign(this, { title, lines, format, summary, nothing, samples: [], at: null });
    this.svg = s('svg', { class: 'chart', role: 'img', tabindex: '0' });
    this.readout = h('p', { class: 'readout', hidden: true, 'aria-live': 'polite' });
    this.none = h('p', { class: 'empty' }, nothing);
    this.element = h('section', { class: 'card' },
      h('header', {}, h('h2', {}, title), h('ul', { class: 'legend' }, lines.map(line => h('li', {},
        s('svg', { class: 'chart', viewBox: '0 0 22 8', 'aria-hidden': 'true' }, s('path', { class: line.key, d: 'M0 4H22' })), line.label)))),
      h('div', { class: 'plot' }, this.svg, this.readout, this.none));
    this.svg.addEventListener('pointermove', event => this.point(event));
    this.svg.addEventListener('pointerleave', () => this.choose(null));
    this.svg.addEventListener('blur', () => this.choose(null));
    this.svg.addEventListener('keydown', event => this.step(event));
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.svg);
  }

  show(samples, now) {
    this.samples = samples;
    this.now = now;
    // A server that has just been started has not much to show yet.
    this.span = samples.length ? Math.min(longest, Math.max(shortest, Math.ceil((now - samples[0].time) / shortest) * shortest)) : longest;
    this.draw();
  }

  point(event) {
    const box = this.svg.getBoundingClientRect();
    const time = this.now - this.span + (event.clientX - box.left - left) / Math.max(1, box.width - left - right) * this.span;
    let best = null;
    this.samples.forEach((sample, index) => {
      if (best === null || Math.abs(sample.time - time) < Math.abs(this.samples[best].time - time)) best = index;
    });
    this.choose(best);
  }

  step(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -this.samples.length, End: this.samples.length };
    if (!(event.key in moves) || this.samples.length === 0) return;
    event.preventDefault();
    this.choose(Math.min(this.samples.length - 1, Math.max(0, (this.at ?? this.samples.length - 1) + moves[event.key])));
  }

  choose(index) {
    this.at = index;
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.svg;
    if (!width || !this.now) return;
    const values = this.samples.flatMap(sample => this.lines.map(line => line.value(sample) ?? 0));
    const most = ceiling(Math.max(0, ...values));
    const x = time => left + (time - this.now + this.span) / this.span * (width - left - right);
    const y = value => top + (1 - value / most) * (height - top - bottom);
    const parts = [];
    for (const part of [0, 0.5, 1]) {
      parts.push(s('line', { class: 'grid', x1: left, x2: width - right, y1: y(part * most), y2: y(part * most) }));
      parts.push(s('text', { x: left - 8, y: y(part * most) + 4, 'text-anchor': 'end' }, this.format(part * most)));
    }
    const steps = this.span > shortest && width > 420 ? this.span / shortest : this.span > shortest ? 1 : 2;
    for (let step = 0; step <= steps; step++) {
      const back = this.span * (1 - step / steps);
      const text = back === 0 ? 'now' : back < shortest ? `−${back / 1000} s` : `−${back / 60_000} min`;
      parts.push(s('text', { x: x(this.now - back), y: height - 4, 'text-anchor': step === 0 ? 'start' : step === steps ? 'end' : 'middle' }, text));
    }
    for (const line of this.lines) {
      // None of what there need not be any of is no line.
      if (line.isRare && !this.samples.some(sample => line.value(sample) > 0)) continue;
      let d = '';
      let from = null, last = null;
      for (const sample of this.samples) {
        const value = line.value(sample);
        if (value === null || value === undefined || sample.time < this.now - this.span) {
          last = null;
          continue;
        }
        d += `${last === null ? 'M' : 'L'}${x(sample.time).toFixed(1)} ${y(value).toFixed(1)}`;
        // A second by itself is a dot.
        if (last === null) d += 'h0.01';
        from ??= sample.time;
        last = sample.time;
      }
      if (!d) continue;
      if (line.area && last !== null) parts.push(s('path', { class: `area ${line.key}`, d: `${d}L${x(last)} ${y(0)}L${x(from)} ${y(0)}Z` }));
      parts.push(s('path', { class: line.key, d }));
    }
    const chosen = this.at === null ? null : this.samples[this.at];
    if (chosen) parts.push(s('line', { class: 'cursor', x1: x(chosen.time), x2: x(chosen.time), y1: top, y2: height - bottom }));
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.setAttribute('aria-label', `${this.title}. ${this.summary(this.samples)} Arrow keys read single seconds.`);
    this.svg.replaceChildren(...parts);
    this.readout.hidden = !chosen;
    if (chosen) {
      this.readout.textContent = [new Date(chosen.time).toLocaleTimeString(undefined, { hour12: false }),
        ...this.lines.map(line => `${line.label} ${this.format(line.value(chosen))}`)].join(' · ');
    }
    this.none.hidden = this.samples.some(sample => sample.requests > 0);
  }

  close() {
    this.resize.disconnect();
  }
}
