/* The map for residents: one file that asks nothing of anyone. Shapes are steps of a grid in EPSG:28992 (metres), reasons
   are templates with gaps. Texts are set as text, never read as HTML. */
(function () {
'use strict';
const TILE = 256, CELL = 250, ROWS = 50, FOUND = 8;
const OUTCOMES = ['fail', 'unknown', 'pass'];
const RD = L.extend({}, L.CRS.Simple, {
  transformation: new L.Transformation(1, 285401.92, -1, 903401.92),
  scale: function (zoom) { return Math.pow(2, zoom) / 3440.64; },
  zoom: function (scale) { return Math.log2(scale * 3440.64); },
});
const state = { lang: document.documentElement.lang, chosen: -1, hidden: new Set(), view: 'legend', rows: ROWS };
let data, units, map, tiles, overlay, names;

/* ---- reading ---- */

async function read() {
  const packed = Uint8Array.from(atob(document.getElementById('packed').textContent.trim()), function (c) { return c.charCodeAt(0); });
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const columns = {};
  content.arrays.forEach(function (array) {
    const numbers = new Int32Array(array.n);
    for (let k = 0; k < array.width; k++) {
      for (let i = 0; i < array.n; i++) { numbers[i] |= bytes[at + k * array.n + i] << (8 * k); }
    }
    for (let i = 0; i < array.n; i++) { numbers[i] = (numbers[i] >>> 1) ^ -(numbers[i] & 1); }
    columns[array.name] = numbers;
    at += array.width * array.n;
  });
  content.columns = columns;
  return content;
}

function unpack(name) {
  const c = data.columns;
  if (!c[name + '.x']) { return null; }
  const dx = c[name + '.x'], dy = c[name + '.y'], corners = c[name + '.corners'], rings = c[name + '.rings'];
  const shapes = { n: rings.length, xy: new Float64Array(2 * dx.length), start: new Uint32Array(corners.length + 1), first: new Uint32Array(rings.length + 1) };
  for (let i = 0, x = 0, y = 0; i < dx.length; i++) {
    x += dx[i]; y += dy[i];
    shapes.xy[2 * i] = data.origin[0] + x * data.grid; shapes.xy[2 * i + 1] = data.origin[1] + y * data.grid;
  }
  for (let r = 0; r < corners.length; r++) { shapes.start[r + 1] = shapes.start[r] + corners[r]; }
  for (let i = 0; i < rings.length; i++) { shapes.first[i + 1] = shapes.first[i] + rings[i]; }
  shapes.boxes = boxes(shapes);
  shapes.cells = cells(shapes);
  return shapes;
}

function boxes(shapes) {
  const found = new Float64Array(4 * shapes.n);
  for (let i = 0; i < shapes.n; i++) {
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    for (let c = shapes.start[shapes.first[i]]; c < shapes.start[shapes.first[i + 1]]; c++) {
      const x = shapes.xy[2 * c], y = shapes.xy[2 * c + 1];
      if (x < x0) { x0 = x; } if (x > x1) { x1 = x; } if (y < y0) { y0 = y; } if (y > y1) { y1 = y; }
    }
    found.set([x0, y0, x1, y1], 4 * i);
  }
  return found;
}

/* Which shapes touch which cell: enough to draw a tile and to find what was pointed at. */
function cells(shapes) {
  const found = new Map();
  for (let i = 0; i < shapes.n; i++) {
    const b = shapes.boxes.subarray(4 * i, 4 * i + 4);
    if (!(b[0] <= b[2]) || (b[2] - b[0]) * (b[3] - b[1]) > 400 * CELL * CELL) { continue; }
    for (let x = Math.floor(b[0] / CELL); x <= Math.floor(b[2] / CELL); x++) {
      for (let y = Math.floor(b[1] / CELL); y <= Math.floor(b[3] / CELL); y++) {
        const key = x * 10000 + y;
        if (!found.has(key)) { found.set(key, []); }
        found.get(key).push(i);
      }
    }
  }
  shapes.wide = [];
  for (let i = 0; i < shapes.n; i++) {
    const b = shapes.boxes.subarray(4 * i, 4 * i + 4);
    if ((b[2] - b[0]) * (b[3] - b[1]) > 400 * CELL * CELL) { shapes.wide.push(i); }
  }
  return found;
}

function inBox(shapes, x0, y0, x1, y1) {
  const touches = function (i) {
    const b = shapes.boxes;
    return b[4 * i] <= x1 && b[4 * i + 2] >= x0 && b[4 * i + 1] <= y1 && b[4 * i + 3] >= y0;
  };
  const found = [];
  if ((x1 - x0) * (y1 - y0) > 4000 * CELL * CELL) {
    for (let i = 0; i < shapes.n; i++) { if (touches(i)) { found.push(i); } }
    return found;
  }
  const seen = new Set(shapes.wide);
  for (let x = Math.floor(x0 / CELL); x <= Math.floor(x1 / CELL); x++) {
    for (let y = Math.floor(y0 / CELL); y <= Math.floor(y1 / CELL); y++) {
      for (const i of shapes.cells.get(x * 10000 + y) || []) { seen.add(i); }
    }
  }
  for (const i of seen) { if (touches(i)) { found.push(i); } }
  return found.sort(function (a, b) { return a - b; });
}

function contains(shapes, i, x, y) {
  let inside = false;
  for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
    const from = shapes.start[r], to = shapes.start[r + 1];
    for (let a = from, b = to - 1; a < to; b = a++) {
      const ay = shapes.xy[2 * a + 1], by = shapes.xy[2 * b + 1], ax = shapes.xy[2 * a], bx = shapes.xy[2 * b];
      if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) { inside = !inside; }
    }
  }
  return inside;
}

/* The smallest unit at a place: an area may have a hole filled by a parcel. */
function unitAt(x, y) {
  const here = inBox(units, x, y, x, y).filter(function (i) { return contains(units, i, x, y); });
  return here.length ? here[0] : -1;
}

/* ---- texts ---- */

function t(key, fields) {
  const text = data.texts[state.lang][key];
  return text.replace(/\{(\w+)\}/g, function (_all, name) { return fields[name]; });
}
function count(n) { return n.toLocaleString(state.lang === 'nl' ? 'nl-NL' : 'en-GB'); }
function text(column, i) {
  const code = data.columns[column] ? data.columns[column][i] : -1;
  return code < 0 ? '' : data.lists[column][state.lang][code];
}
function sentence(i) {
  const lists = data.reasons[state.lang], code = data.columns['reason.template.' + state.lang];
  if (!code || code[i] < 0) { return ''; }
  const filled = data.columns['reason.filled.' + state.lang];
  return lists.templates[code[i]].replace(/[\ue000-\ue003]/g, function (gap) {
    return lists.fillings[filled[4 * i + gap.charCodeAt(0) - 0xe000]];
  });
}
function reason(i) {
  const rule = text('deciding_rule', i), said = sentence(i);
  return rule && said ? rule + ': ' + said : said;
}
function verdictClass(i) { return data.classes[data.columns.verdict_class[i]]; }
function label(i) { return data.labels ? data.labels[i] : ''; }
function parcelId(i) { return data.ids ? data.ids[i] : ''; }
function titleOf(i) { return label(i) || (parcelId(i) ? t('parcel', { id: parcelId(i) }) : t('area')); }
function placeOf(i) { return data.lists.settlement ? text('settlement', i) || t('outlying') : ''; }
function sizeOf(i) {
  if (!data.columns.area_m2) { return ''; }
  const m2 = data.columns.area_m2[i];
  const n = m2 >= 10000 ? (m2 / 10000).toLocaleString(state.lang === 'nl' ? 'nl-NL' : 'en-GB', { maximumFractionDigits: 2 }) : count(m2);
  return n + (m2 >= 10000 ? ' ha' : ' m²');
}
function plain(text) { return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase(); }

function make(tag, attributes, children) {
  const element = document.createElement(tag);
  Object.entries(attributes || {}).forEach(function (pair) { element.setAttribute(pair[0], pair[1]); });
  (Array.isArray(children) ? children : [children]).forEach(function (child) {
    if (child !== undefined && child !== '') { element.append(child); }
  });
  return element;
}
function byId(id) { return document.getElementById(id); }
function swatch(name) { return make('span', { class: 'swatch', 'data-class': name, 'aria-hidden': 'true' }); }

/* ---- drawing ---- */

const Tiles = L.GridLayer.extend({
  createTile: function (coords) {
    const tile = document.createElement('canvas'), ratio = window.devicePixelRatio || 1;
    tile.width = tile.height = Math.round(TILE * ratio);
    tile.coords = coords;
    this.draw(tile);
    return tile;
  },
  redrawAll: function () { for (const key in this._tiles) { this.draw(this._tiles[key].el); } },
  draw: function (tile) {
    const ratio = tile.width / TILE, metres = 3440.64 / Math.pow(2, tile.coords.z);
    const x0 = tile.coords.x * TILE * metres - 285401.92, y1 = 903401.92 - tile.coords.y * TILE * metres;
    const x1 = x0 + TILE * metres, y0 = y1 - TILE * metres, k = ratio / metres;
    const pen = tile.getContext('2d');
    pen.clearRect(0, 0, tile.width, tile.height);
    pen.lineJoin = 'round';
    const view = { k: k, dx: -x0 * k, dy: y1 * k, box: [x0 - 8 * metres, y0 - 8 * metres, x1 + 8 * metres, y1 + 8 * metres] };
    fill(pen, 'settlements', view, '#ece7df');
    fill(pen, 'water', view, '#b9d7ea');
    drawUnits(pen, view, metres, ratio);
    strokeRoads(pen, view, metres, ratio);
    strokeBorder(pen, view, ratio);
    drawSites(pen, view, ratio);
  },
});

function trace(pen, shapes, members, view) {
  pen.beginPath();
  for (const i of members) {
    for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
      const from = shapes.start[r], to = shapes.start[r + 1];
      let px = 0, py = 0;
      for (let c = from; c < to; c++) {
        const x = shapes.xy[2 * c] * view.k + view.dx, y = view.dy - shapes.xy[2 * c + 1] * view.k;
        if (c === from) { pen.moveTo(x, y); } else if (c === to - 1 || Math.abs(x - px) + Math.abs(y - py) > 0.6) { pen.lineTo(x, y); } else { continue; }
        px = x; py = y;
      }
    }
  }
}

function here(shapes, view) { return inBox(shapes, view.box[0], view.box[1], view.box[2], view.box[3]); }

function fill(pen, name, view, colour) {
  const shapes = data.shapes[name];
  if (!shapes) { return; }
  trace(pen, shapes, here(shapes, view), view);
  pen.fillStyle = colour; pen.fill('evenodd');
}

function drawUnits(pen, view, metres, ratio) {
  const members = data.classes.map(function () { return []; });
  for (const i of here(units, view)) { members[data.columns.verdict_class[i]].push(i); }
  data.classes.map(function (_name, code) { return code; }).reverse().forEach(function (code) {
    const name = data.classes[code], style = data.style[name];
    if (!members[code].length || state.hidden.has(name)) { return; }
    trace(pen, units, members[code], view);
    pen.globalAlpha = style.opacity; pen.fillStyle = pen.strokeStyle = style.colour; pen.fill('evenodd');
    if (metres >= 6) { pen.lineWidth = 0.6 * ratio; pen.stroke(); }
    pen.globalAlpha = 1;
    if (style.hatch) { pen.fillStyle = pen.createPattern(hatch(style.hatch, ratio), 'repeat'); pen.fill('evenodd'); }
    if (metres < 6) { pen.strokeStyle = 'rgba(40,40,40,0.5)'; pen.lineWidth = (metres < 1.5 ? 0.9 : 0.5) * ratio; pen.stroke(); }
  });
}

const hatches = new Map();
function hatch(kind, ratio) {
  const key = kind + ratio;
  if (hatches.has(key)) { return hatches.get(key); }
  const size = Math.round(8 * ratio), square = document.createElement('canvas'), pen = square.getContext('2d');
  square.width = square.height = size;
  pen.strokeStyle = pen.fillStyle = 'rgba(25,25,25,0.8)'; pen.lineWidth = 1.1 * ratio;
  pen.beginPath();
  if (kind === 'dots') { pen.arc(size / 2, size / 2, 1.3 * ratio, 0, 7); pen.fill(); }
  if (kind === 'up' || kind === 'cross') { pen.moveTo(-size, size); pen.lineTo(size, -size); pen.moveTo(0, 2 * size); pen.lineTo(2 * size, 0); pen.moveTo(0, size); pen.lineTo(size, 0); }
  if (kind === 'cross') { pen.moveTo(-size, 0); pen.lineTo(size, 2 * size); pen.moveTo(0, -size); pen.lineTo(2 * size, size); pen.moveTo(0, 0); pen.lineTo(size, size); }
  if (kind !== 'dots') { pen.stroke(); }
  hatches.set(key, square);
  return square;
}

function strokeRoads(pen, view, metres, ratio) {
  const shapes = data.shapes.roads;
  if (!shapes) { return; }
  const main = [], other = [];
  for (const i of here(shapes, view)) { (data.columns['roads.main'][i] ? main : other).push(i); }
  pen.lineCap = 'round';
  if (metres < 14) {
    trace(pen, shapes, other, view);
    pen.strokeStyle = '#ffffff'; pen.lineWidth = ratio * Math.min(7, Math.max(0.8, 5 / metres)); pen.stroke();
    pen.strokeStyle = 'rgba(70,70,70,0.55)'; pen.lineWidth = ratio * 0.5; pen.stroke();
  }
  trace(pen, shapes, main, view);
  const width = ratio * Math.min(11, Math.max(1.6, 9 / metres));
  pen.strokeStyle = '#5a5a5a'; pen.lineWidth = width + 1.4 * ratio; pen.stroke();
  pen.strokeStyle = '#fff6d8'; pen.lineWidth = width; pen.stroke();
}

function strokeBorder(pen, view, ratio) {
  const shapes = data.shapes.municipality;
  if (!shapes) { return; }
  trace(pen, shapes, here(shapes, view), view);
  pen.strokeStyle = '#3b2a55'; pen.lineWidth = 2 * ratio; pen.setLineDash([9 * ratio, 5 * ratio]); pen.stroke(); pen.setLineDash([]);
}

function drawSites(pen, view, ratio) {
  const shapes = data.shapes.sites;
  if (!shapes) { return; }
  trace(pen, shapes, here(shapes, view), view);
  pen.strokeStyle = '#ffffff'; pen.lineWidth = 5 * ratio; pen.stroke();
  pen.strokeStyle = '#5b2a86'; pen.lineWidth = 3 * ratio; pen.stroke();
}

function point(x, y) { return L.latLng(y, x); }
function metresPerPixel() { return 3440.64 / Math.pow(2, map.getZoom()); }
function small(words, name) { return make('span', { class: name }, words); }

function drawNames() {
  names.clearLayers();
  const taken = [], view = map.getBounds(), metres = metresPerPixel();
  const put = function (x, y, words, name, angle) {
    const at = map.latLngToContainerPoint(point(x, y)), w = words.length * 3.6 + 8;
    if (taken.some(function (o) { return Math.abs(o[0] - at.x) < o[2] + w && Math.abs(o[1] - at.y) < 18; })) { return; }
    taken.push([at.x, at.y, w]);
    const box = small(words, name);
    if (angle) { box.style.transform = 'translate(-50%,-50%) rotate(' + angle + 'deg)'; }
    L.marker(point(x, y), { icon: L.divIcon({ html: box, iconSize: [0, 0], className: '' }), interactive: false, keyboard: false }).addTo(names);
  };
  data.places.forEach(function (place) { if (view.contains(point(place.at[0], place.at[1]))) { put(place.at[0], place.at[1], place.text, 'place', 0); } });
  if (metres > 2.2 || !data.shapes.roads || !data.roadNames) { return; }
  const roads = data.shapes.roads, used = new Set();
  const south = view.getSouthWest(), north = view.getNorthEast();
  for (const i of inBox(roads, south.lng, south.lat, north.lng, north.lat)) {
    const code = data.columns['roads.name'][i];
    if (code < 0 || used.has(code) || used.size > 60) { continue; }
    const spot = longest(roads, i, view);
    if (!spot || spot.length / metres < data.roadNames[code].length * 4) { continue; }
    used.add(code);
    put(spot.x, spot.y, data.roadNames[code], 'street', spot.angle);
  }
}

function longest(roads, i, view) {
  let best = null;
  for (let c = roads.start[roads.first[i]] + 1; c < roads.start[roads.first[i + 1]]; c++) {
    const ax = roads.xy[2 * c - 2], ay = roads.xy[2 * c - 1], bx = roads.xy[2 * c], by = roads.xy[2 * c + 1];
    const length = Math.hypot(bx - ax, by - ay), x = (ax + bx) / 2, y = (ay + by) / 2;
    if ((!best || length > best.length) && view.contains(point(x, y))) {
      let angle = -Math.atan2(by - ay, bx - ax) * 180 / Math.PI;
      if (angle > 90) { angle -= 180; } if (angle < -90) { angle += 180; }
      best = { x: x, y: y, length: length, angle: angle };
    }
  }
  return best;
}

function drawChosen() {
  overlay.clearLayers();
  const i = state.chosen;
  if (i < 0) { return; }
  const outline = [];
  for (let r = units.first[i]; r < units.first[i + 1]; r++) {
    const ring = [];
    for (let c = units.start[r]; c < units.start[r + 1]; c++) { ring.push(point(units.xy[2 * c], units.xy[2 * c + 1])); }
    outline.push(ring);
  }
  const b = units.boxes.subarray(4 * i, 4 * i + 4), across = Math.max(b[2] - b[0], b[3] - b[1]);
  [['#ffffff', 7], ['#000000', 3]].forEach(function (line) {
    outline.forEach(function (ring) { L.polyline(ring, { color: line[0], weight: line[1], interactive: false }).addTo(overlay); });
    if (across / metresPerPixel() < 16) {
      L.circleMarker(point((b[0] + b[2]) / 2, (b[1] + b[3]) / 2), { radius: 14, color: line[0], weight: line[1], fill: false, interactive: false }).addTo(overlay);
    }
  });
}

function landmarks() {
  const group = L.layerGroup();
  data.facilities.forEach(function (place) {
    L.circleMarker(point(place.at[0], place.at[1]), { radius: 5, color: '#ffffff', weight: 2, fillColor: '#1f3d7a', fillOpacity: 1, bubblingMouseEvents: true })
      .bindTooltip(small(place.text, '')).addTo(group);
  });
  return group.addTo(map);
}

/* ---- released sites of the workshop ---- */

function siteTitle(k) {
  const site = data.sites[k];
  return site.n ? t('sites.withheld', { n: count(site.n) }) : site.name || (site.id ? t('sites.id', { id: site.id }) : t('sites.unnamed'));
}

function sitesAt(place) {
  if (!place || !data.shapes.sites) { return []; }
  return data.sites.map(function (_site, k) { return k; }).filter(function (k) { return contains(data.shapes.sites, k, place.lng, place.lat); });
}

function chooseSite(k) {
  const b = data.shapes.sites.boxes.subarray(4 * k, 4 * k + 4), margin = Math.max(130, 0.4 * Math.max(b[2] - b[0], b[3] - b[1]));
  map.fitBounds([[b[1] - margin, b[0] - margin], [b[3] + margin, b[2] + margin]], { animate: false, maxZoom: 12.5 });
  answer(point(data.sites[k].at[0], data.sites[k].at[1]));
  byId('card-title').focus({ preventScroll: true });
}

function foundSites(words) {
  const parts = plain(words).split(/[\s,]+/).filter(Boolean);
  return data.sites.map(function (_site, k) { return k; }).filter(function (k) {
    const text = plain(siteTitle(k) + ' ' + (data.sites[k].id || ''));
    return parts.every(function (part) { return text.includes(part); });
  });
}

function siteRows() {
  byId('sites-table').hidden = !data.sites.length;
  byId('site-rows').replaceChildren.apply(byId('site-rows'), data.sites.map(function (site, k) {
    const button = make('button', { type: 'button', class: 'link' }, siteTitle(k));
    button.addEventListener('click', function () { chooseSite(k); });
    return make('tr', {}, make('th', { scope: 'row' }, [button, site.name && site.id ? make('small', {}, site.id) : '']));
  }));
}

/* ---- choosing ---- */

function choose(i, move) {
  state.chosen = i;
  state.place = null;
  drawChosen();
  if (i < 0) { show('legend'); return; }
  const b = units.boxes.subarray(4 * i, 4 * i + 4);
  const middle = point((b[0] + b[2]) / 2, (b[1] + b[3]) / 2);
  if (contains(units, i, middle.lng, middle.lat)) { state.place = middle; }
  if (move) {
    const margin = Math.max(130, 0.4 * Math.max(b[2] - b[0], b[3] - b[1]));
    map.fitBounds([[b[1] - margin, b[0] - margin], [b[3] + margin, b[2] + margin]], { animate: false, maxZoom: 12.5 });
  }
  show('card');
}

/* Every place answers, also where no parcel lies: on a road, in the water, outside the municipality. */
function answer(place) {
  state.chosen = unitAt(place.lng, place.lat);
  state.place = place;
  drawChosen();
  show('card');
}

function card() {
  const box = byId('card'), back = make('button', { type: 'button', class: 'back', id: 'back' }, t('back'));
  back.addEventListener('click', function () { choose(-1); byId('search').focus(); });
  const sites = sitesAt(state.place).map(function (k) { return make('p', { class: 'site' }, [make('strong', {}, t('sites.here')), ' ' + siteTitle(k)]); });
  box.replaceChildren.apply(box, [back].concat(sites, state.chosen < 0
    ? [make('h2', { tabindex: '-1', id: 'card-title' }, t('nothing_here')), make('p', {}, t('nothing_here.why'))]
    : facts(state.chosen)));
}

function facts(i) {
  const name = verdictClass(i);
  const about = [label(i) && parcelId(i) ? t('parcel', { id: parcelId(i) }) : '', placeOf(i), sizeOf(i)].filter(Boolean).join(' · ');
  const why = make('div', { class: 'why' }, [make('h3', {}, t('why.' + name))]);
  const rule = text('deciding_rule', i);
  if (rule) { why.append(make('p', { class: 'rule' }, rule)); }
  if (sentence(i)) { why.append(make('p', {}, sentence(i))); }
  const source = text('deciding_source', i);
  if (source) { why.append(make('p', { class: 'source' }, t('source', { source: source }))); }
  const parts = [
    make('h2', { tabindex: '-1', id: 'card-title' }, titleOf(i)),
    make('p', { class: 'sub' }, about),
    make('p', { class: 'verdict', 'data-class': name }, [swatch(name), make('strong', {}, t('class.' + name))]),
    make('p', {}, t('means.' + name)),
    why,
  ];
  [['consequence', 'restriction'], ['conditions', 'conditions']].forEach(function (pair) {
    const said = text(pair[0], i);
    if (said) { parts.push(make('h3', {}, t(pair[1])), make('p', {}, said)); }
  });
  const rules = ruleList(i);
  if (rules) { parts.push(make('h3', {}, t('all_rules', { type: text('location_type', i) })), rules); }
  parts.push(make('p', { class: 'note' }, t('no_decision')));
  return parts;
}

function ruleList(i) {
  if (!data.columns['outcome.0']) { return null; }
  const list = make('ul', { class: 'rules' });
  data.rules.forEach(function (rule, j) {
    const code = data.columns['outcome.' + j][i];
    if (code > 2) { return; }
    const outcome = OUTCOMES[code];
    list.append(make('li', { 'data-outcome': outcome }, [make('span', { class: 'mark' }, t('mark.' + outcome)), ' ' + rule.label[state.lang]]));
  });
  return list.children.length ? list : null;
}

/* ---- search ---- */

let index;
function found(words, limit, keep) {
  if (!index) { index = Array.from({ length: units.n }, function (_, i) { return plain(label(i) + ' ' + parcelId(i)); }); }
  const parts = plain(words).split(/[\s,]+/).filter(Boolean), whole = plain(words).trim();
  const hits = [[], [], []];
  for (let i = 0; i < units.n; i++) {
    if (keep && !keep(i)) { continue; }
    const text = index[i];
    if (!parts.every(function (part) { return text.includes(part); })) { continue; }
    const exact = parts.every(function (part) { return (' ' + text.replace(/,/g, ' ') + ' ').includes(' ' + part + ' '); });
    hits[text.startsWith(whole) && exact ? 0 : exact ? 1 : 2].push(i);
    if (limit && hits[0].length >= limit) { break; }
  }
  const all = hits[0].concat(hits[1], hits[2]);
  return limit ? all.slice(0, limit) : all;
}

function searching() {
  const input = byId('search'), list = byId('found');
  let active = -1;
  const close = function () { list.replaceChildren(); list.hidden = true; active = -1; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
  const go = function (i) { close(); input.value = titleOf(i); choose(i, true); byId('card-title').focus({ preventScroll: true }); };
  const goSite = function (k) { close(); input.value = siteTitle(k); chooseSite(k); };
  const mark = function (next) {
    const options = list.querySelectorAll('[role=option]');
    active = (next + options.length) % options.length;
    options.forEach(function (option, k) { option.setAttribute('aria-selected', String(k === active)); });
    input.setAttribute('aria-activedescendant', options[active].id);
    options[active].scrollIntoView({ block: 'nearest' });
  };
  input.addEventListener('input', function () {
    close();
    if (plain(input.value).trim().length < 2) { byId('said').textContent = ''; return; }
    const hits = found(input.value, FOUND), sites = foundSites(input.value), n = hits.length + sites.length;
    byId('said').textContent = n ? t('search.n', { n: n }) : t('search.none');
    sites.forEach(function (k) {
      const option = make('li', { role: 'option', id: 'site-' + k, 'aria-selected': 'false' }, [make('span', { class: 'mark-site', 'aria-hidden': 'true' }), make('span', {}, [siteTitle(k), make('small', {}, t('sites.unnamed'))])]);
      option.addEventListener('mousedown', function (event) { event.preventDefault(); goSite(k); });
      option.dataset.site = k;
      list.append(option);
    });
    if (!n) { list.append(make('li', { class: 'none', role: 'option', 'aria-disabled': 'true', id: 'hit-none' }, t('search.none'))); }
    hits.forEach(function (i, k) {
      const option = make('li', { role: 'option', id: 'hit-' + k, 'aria-selected': 'false' }, [swatch(verdictClass(i)), make('span', {}, [titleOf(i), label(i) && parcelId(i) ? make('small', {}, parcelId(i)) : ''])]);
      option.addEventListener('mousedown', function (event) { event.preventDefault(); go(i); });
      option.dataset.unit = i;
      list.append(option);
    });
    list.hidden = false; input.setAttribute('aria-expanded', 'true');
  });
  input.addEventListener('keydown', function (event) {
    const options = list.querySelectorAll('[data-unit],[data-site]');
    if (event.key === 'Escape') { close(); }
    if (!options.length) { return; }
    if (event.key === 'ArrowDown') { event.preventDefault(); mark(active + 1); }
    if (event.key === 'ArrowUp') { event.preventDefault(); mark(active - 1); }
    if (event.key === 'Enter') { event.preventDefault(); const chosen = options[Math.max(active, 0)].dataset; if (chosen.site) { goSite(Number(chosen.site)); } else { go(Number(chosen.unit)); } }
  });
  input.addEventListener('blur', close);
}

/* ---- the views beside the map ---- */

function show(view) {
  state.view = view;
  document.body.dataset.view = view;
  ['legend', 'list', 'funnel', 'about'].forEach(function (name) {
    byId('tab-' + name).setAttribute('aria-selected', String(name === view));
    byId('tab-' + name).tabIndex = name === view || (view === 'card' && name === 'legend') ? 0 : -1;
    byId(name).hidden = name !== view;
  });
  byId('card').hidden = view !== 'card';
  if (view === 'card') { card(); }
  if (view === 'list') { rows(); }
  byId('panel').scrollTop = 0;
}

function tabs() {
  const all = Array.from(document.querySelectorAll('[role=tab]'));
  all.forEach(function (tab, k) {
    tab.addEventListener('click', function () { show(tab.dataset.view); });
    tab.addEventListener('keydown', function (event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) { return; }
      const next = all[(k + step + all.length) % all.length];
      show(next.dataset.view); next.focus();
    });
  });
}

function legend() {
  const box = byId('classes');
  box.replaceChildren.apply(box, data.classes.filter(function (name) { return data.counts[name]; }).map(function (name) {
    const input = make('input', { type: 'checkbox', id: 'see-' + name });
    input.checked = !state.hidden.has(name);
    input.addEventListener('change', function () {
      if (input.checked) { state.hidden.delete(name); } else { state.hidden.add(name); }
      tiles.redrawAll();
    });
    return make('div', { class: 'class' }, [input, make('label', { for: 'see-' + name }, [swatch(name),
      make('span', {}, [make('strong', {}, t('class.' + name)), make('span', { class: 'means' }, t('means.' + name) + ' ' + t('n_parcels', { n: count(data.counts[name]) }))])])]);
  }));
  const marks = [['municipality', 'border'], ['roads', 'road'], ['water', 'water'], ['settlements', 'built'], ['facilities', 'dot'], ['sites', 'site']];
  byId('marks').replaceChildren.apply(byId('marks'), marks.filter(function (pair) { return data.shapes[pair[0]] || (pair[0] === 'facilities' && data.facilities.length); }).map(function (pair) {
    return make('li', {}, [make('span', { class: 'mark-' + pair[1], 'aria-hidden': 'true' }), t('layer.' + pair[0])]);
  }));
}

function filled(select, first, options) {
  const was = select.value;
  select.replaceChildren.apply(select, [make('option', { value: '' }, first)].concat(options.map(function (o) { return make('option', { value: o[0] }, o[1]); })));
  select.value = was || '';
}

function listing() {
  const settlements = (data.lists.settlement || { nl: [] }).nl;
  filled(byId('by-class'), t('list.all_classes'), data.classes.filter(function (name) { return data.counts[name]; }).map(function (name) { return [name, t('class.' + name)]; }));
  filled(byId('by-place'), t('list.all_places'), settlements.map(function (name, k) { return [String(k), name || t('outlying')]; }).sort(function (a, b) { return a[1] < b[1] ? -1 : 1; }));
  byId('by-place').parentElement.hidden = !settlements.length;
  siteRows();
}

/* By address as people would look it up, 2 before 10; places without an address last. */
let ranks;
function inOrder() {
  if (!ranks) {
    const sort = new Intl.Collator('nl', { numeric: true }), order = Array.from({ length: units.n }, function (_, i) { return i; });
    order.sort(function (a, b) { return (label(a) ? 0 : 1) - (label(b) ? 0 : 1) || sort.compare(label(a) || parcelId(a), label(b) || parcelId(b)); });
    ranks = new Int32Array(units.n);
    order.forEach(function (i, k) { ranks[i] = k; });
  }
  return ranks;
}

function rows() {
  const name = byId('by-class').value, place = byId('by-place').value;
  const keep = function (i) {
    return (!name || verdictClass(i) === name) && (!place || data.columns.settlement[i] === Number(place));
  };
  const rank = inOrder();
  const hits = found(byId('by-text').value, 0, keep).sort(function (a, b) { return rank[a] - rank[b]; });
  byId('list-n').textContent = t('list.n', { shown: count(Math.min(state.rows, hits.length)), n: count(hits.length) });
  byId('rows').replaceChildren.apply(byId('rows'), hits.slice(0, state.rows).map(function (i) {
    const button = make('button', { type: 'button', class: 'link' }, titleOf(i));
    button.addEventListener('click', function () { choose(i, true); byId('card-title').focus({ preventScroll: true }); });
    return make('tr', {}, [make('th', { scope: 'row' }, [button, label(i) && parcelId(i) ? make('small', {}, parcelId(i)) : '']),
      make('td', {}, [swatch(verdictClass(i)), ' ' + t('class.' + verdictClass(i))]), make('td', {}, reason(i))]);
  }));
  byId('more').hidden = hits.length <= state.rows;
}

function funnel() {
  const steps = data.rules.filter(function (rule) { return rule.step; });
  byId('steps').replaceChildren.apply(byId('steps'), steps.map(function (rule) {
    const share = data.total ? rule.step.remaining / data.total * 100 : 0;
    const bar = make('span', { class: 'bar', 'aria-hidden': 'true' }, make('span'));
    bar.firstChild.style.width = share + '%';
    return make('tr', {}, [make('th', { scope: 'row' }, rule.label[state.lang]), make('td', {}, count(rule.step.in_turn)), make('td', {}, [count(rule.step.remaining), bar]), make('td', {}, count(rule.step.only_this))]);
  }));
  byId('funnel-start').textContent = t('funnel.start', { n: count(data.total) });
}

function paragraphs(id, said) {
  byId(id).replaceChildren.apply(byId(id), said.filter(Boolean).map(function (words) { return make('p', {}, words); }));
}

function about() {
  const lang = state.lang, assumed = data.data.filter(function (d) { return d.presumes; }).map(function (d) { return d.label[lang]; });
  paragraphs('facts', [t('about.policy', { policy: data.policy[lang] }), t('about.made', { made: data.made[lang], newest: data.newest[lang] }),
    assumed.length ? t('about.assumed', { layers: assumed.join(', ') }) : '', data.missing[lang] ? t('about.missing', { layers: data.missing[lang] }) : '',
    data.stale[lang], data.n_hidden_rules ? t('about.hidden_rules', { n: data.n_hidden_rules }) : '', t('about.never')]);
  byId('datasets').replaceChildren.apply(byId('datasets'), data.data.map(function (d) {
    return make('tr', {}, [make('th', { scope: 'row' }, d.label[lang]), make('td', {}, d.dated[lang]), make('td', {}, [d.attribution + ' (' + d.licence + ')', d.note[lang] ? make('small', {}, d.note[lang]) : ''])]);
  }));
  const assumptions = data.rules.filter(function (rule) { return rule.assumption[lang]; });
  byId('assumptions').replaceChildren.apply(byId('assumptions'), assumptions.map(function (rule) { return make('li', {}, rule.label[lang] + ': ' + rule.assumption[lang]); }));
  byId('assumptions-box').hidden = !assumptions.length;
}

/* ---- the page ---- */

function speak() {
  document.documentElement.lang = state.lang;
  document.querySelectorAll('[data-t]').forEach(function (element) { element.textContent = t(element.dataset.t, data.fields[state.lang]); });
  document.querySelectorAll('[data-label]').forEach(function (element) { element.setAttribute('aria-label', t(element.dataset.label, {})); });
  document.querySelectorAll('[data-hint]').forEach(function (element) { element.placeholder = t(element.dataset.hint, {}); });
  document.title = t('title', data.fields[state.lang]);
  document.querySelectorAll('#lang button').forEach(function (button) { button.setAttribute('aria-pressed', String(button.lang === state.lang)); });
  [['in', 'zoom_in'], ['out', 'zoom_out']].forEach(function (way) {
    const button = document.querySelector('.leaflet-control-zoom-' + way[0]);
    if (button) { button.title = t(way[1], {}); button.setAttribute('aria-label', t(way[1], {})); }
  });
  legend(); listing(); funnel(); about();
  show(state.view);
}

function fitAll() {
  map.fitBounds([[data.extent[1], data.extent[0]], [data.extent[3], data.extent[2]]], { animate: false, padding: [8, 8] });
}

function build() {
  map = L.map('map', { crs: RD, minZoom: 4, maxZoom: 15, zoomSnap: 0.25, wheelPxPerZoomLevel: 90, attributionControl: false, zoomControl: false, preferCanvas: false });
  L.control.zoom({ position: 'topright', zoomInText: '+', zoomOutText: '−' }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  map.createPane('names').style.zIndex = 620;
  map.getPane('names').style.pointerEvents = 'none';
  fitAll();
  tiles = new Tiles({ tileSize: TILE, updateWhenZooming: false, keepBuffer: 1 }).addTo(map);
  overlay = L.layerGroup().addTo(map); names = L.layerGroup().addTo(map);
  landmarks();
  let last = metresPerPixel();
  map.on('moveend', function () { drawNames(); if (last !== metresPerPixel()) { last = metresPerPixel(); drawChosen(); } });
  map.on('click', function (event) { answer(event.latlng); });
  const box = byId('map');
  box.addEventListener('keydown', function (event) {
    if (event.target !== box || (event.key !== 'Enter' && event.key !== ' ')) { return; }
    event.preventDefault();
    answer(map.getCenter());
    byId('card-title').focus({ preventScroll: true });
  });
  let moved = false, fitting = false;
  map.on('movestart', function () { if (!fitting) { moved = true; } });
  new ResizeObserver(function () {
    fitting = true; map.invalidateSize({ animate: false }); if (!moved) { fitAll(); } fitting = false;
  }).observe(box);
  drawNames();
}

async function start() {
  data = await read();
  data.shapes = {};
  ['units', 'water', 'roads', 'settlements', 'municipality', 'sites'].forEach(function (name) { data.shapes[name] = unpack(name); });
  units = data.shapes.units;
  document.querySelectorAll('#lang button').forEach(function (button) {
    button.addEventListener('click', function () { state.lang = button.lang; speak(); });
  });
  tabs(); searching();
  ['by-class', 'by-place'].forEach(function (id) { byId(id).addEventListener('change', function () { state.rows = ROWS; rows(); }); });
  byId('by-text').addEventListener('input', function () { state.rows = ROWS; rows(); });
  byId('more').addEventListener('click', function () { state.rows += ROWS; rows(); });
  byId('whole').addEventListener('click', fitAll);
  build(); speak();
  window.publicMap = { n: units.n, data: data, verdictClass: verdictClass, reason: reason, id: parcelId, unitAt: unitAt, choose: choose, speak: function (lang) { state.lang = lang; speak(); }, map: map };
  document.body.dataset.ready = 'yes';
}

start().catch(function (error) {
  byId('trouble').hidden = false;
  console.error(error);
});
})();
