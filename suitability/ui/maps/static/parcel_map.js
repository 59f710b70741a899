/* The map of the app. Shapes come packed and once; a changed limit sends one byte per parcel. Coordinates are metres in
   EPSG:28992. Texts are set as text, never read as HTML. The names exports and L are set by parcel_map.py. */
const RD = L.extend({}, L.CRS.Simple, {
  transformation: new L.Transformation(1, 285401.92, -1, 903401.92),
  scale: function (zoom) { return Math.pow(2, zoom) / 3440.64; },
  zoom: function (scale) { return Math.log2(scale * 3440.64); },
});
const TILE = 256;
const packs = new Map();    // key -> unpacked shapes; kept as long as the page is open
const maps = new WeakMap(); // element -> its map

function bytes(text) { return Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); }); }

function unpack(pack) {
  if (packs.has(pack.key) || !pack.corners) { return packs.get(pack.key); }
  const steps = new Uint16Array(bytes(pack.corners).buffer);
  const ends = new Uint32Array(bytes(pack.ends).buffer);
  const owners = new Uint32Array(bytes(pack.owners).buffer);
  const xy = new Float64Array(steps.length);
  for (let i = 0; i < steps.length; i++) { xy[i] = pack.origin[i & 1] + pack.step[i & 1] * steps[i]; }
  const first = new Uint32Array(pack.n + 1);
  for (let r = 0; r < owners.length; r++) { first[owners[r] + 1] = r + 1; }
  for (let i = 1; i <= pack.n; i++) { if (first[i] < first[i - 1]) { first[i] = first[i - 1]; } }
  const shapes = { n: pack.n, xy: xy, ends: ends, first: first, boxes: boxes(pack.n, xy, ends, first) };
  shapes.grid = grid(shapes);
  packs.set(pack.key, shapes);
  return shapes;
}

function boxes(n, xy, ends, first) {
  const found = new Float64Array(4 * n);
  for (let i = 0; i < n; i++) {
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    for (let c = start(ends, first[i]); c < start(ends, first[i + 1]); c++) {
      const x = xy[2 * c], y = xy[2 * c + 1];
      if (x < x0) { x0 = x; } if (x > x1) { x1 = x; } if (y < y0) { y0 = y; } if (y > y1) { y1 = y; }
    }
    found.set([x0, y0, x1, y1], 4 * i);
  }
  return found;
}

function start(ends, ring) { return ring ? ends[ring - 1] : 0; }

/* Which shapes touch which cell of 250 m: enough for drawing a tile and finding what was clicked. */
function grid(shapes) {
  const cells = new Map();
  for (let i = 0; i < shapes.n; i++) {
    const b = shapes.boxes.subarray(4 * i, 4 * i + 4);
    if (!(b[0] <= b[2])) { continue; }
    for (let cx = Math.floor(b[0] / 250); cx <= Math.floor(b[2] / 250); cx++) {
      for (let cy = Math.floor(b[1] / 250); cy <= Math.floor(b[3] / 250); cy++) {
        const key = cx * 10000 + cy;
        if (!cells.has(key)) { cells.set(key, []); }
        cells.get(key).push(i);
      }
    }
  }
  return cells;
}

function inBox(shapes, x0, y0, x1, y1) {
  const found = [];
  const wide = (x1 - x0) * (y1 - y0) > 4000 * 250 * 250;
  if (!wide) {
    const seen = new Set();
    for (let cx = Math.floor(x0 / 250); cx <= Math.floor(x1 / 250); cx++) {
      for (let cy = Math.floor(y0 / 250); cy <= Math.floor(y1 / 250); cy++) {
        for (const i of shapes.grid.get(cx * 10000 + cy) || []) { seen.add(i); }
      }
    }
    for (const i of seen) { if (touches(shapes, i, x0, y0, x1, y1)) { found.push(i); } }
    return found;
  }
  for (let i = 0; i < shapes.n; i++) { if (touches(shapes, i, x0, y0, x1, y1)) { found.push(i); } }
  return found;
}

function touches(shapes, i, x0, y0, x1, y1) {
  const b = shapes.boxes;
  return b[4 * i] <= x1 && b[4 * i + 2] >= x0 && b[4 * i + 1] <= y1 && b[4 * i + 3] >= y0;
}

function contains(shapes, i, x, y) {
  let inside = false;
  for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
    const from = start(shapes.ends, r), to = shapes.ends[r];
    for (let a = from, b = to - 1; a < to; b = a++) {
      const ax = shapes.xy[2 * a], ay = shapes.xy[2 * a + 1], bx = shapes.xy[2 * b], by = shapes.xy[2 * b + 1];
      if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) { inside = !inside; }
    }
  }
  return inside;
}

function at(shapes, x, y) {
  for (const i of inBox(shapes, x, y, x, y)) { if (contains(shapes, i, x, y)) { return i; } }
  return -1;
}

/* One canvas tile: ground first, then the parcels of each class in one path, with the hatching that tells classes apart
   without colour. */
const Tiles = L.GridLayer.extend({
  createTile: function (coords) {
    const tile = document.createElement('canvas');
    const ratio = window.devicePixelRatio || 1;
    tile.width = tile.height = TILE * ratio;
    tile.style.width = tile.style.height = TILE + 'px';
    tile.coords = coords;
    this.draw(tile);
    return tile;
  },
  redrawAll: function () {
    for (const key in this._tiles) { this.draw(this._tiles[key].el); }
  },
  draw: function (tile) {
    const model = this.model, ratio = window.devicePixelRatio || 1, map = this._map || model.map;
    const metres = 3440.64 / Math.pow(2, tile.coords.z);
    const x0 = tile.coords.x * TILE * metres - 285401.92, y1 = 903401.92 - tile.coords.y * TILE * metres;
    const x1 = x0 + TILE * metres, y0 = y1 - TILE * metres;
    const pen = tile.getContext('2d');
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, tile.width, tile.height);
    const k = ratio / metres, view = { k: k, dx: -x0 * k, dy: y1 * k, box: [x0, y0, x1, y1] };
    if (model.water) {
      pen.fillStyle = '#a9cfe8';
      trace(pen, model.water, inBox(model.water, x0, y0, x1, y1), view); pen.fill('evenodd');
    }
    if (model.parcels && model.classes) { drawParcels(pen, model, view, metres, ratio); }
    if (model.roads) {
      pen.strokeStyle = '#6b6b6b'; pen.lineWidth = ratio * (metres < 2 ? 1.6 : metres < 8 ? 0.9 : 0.5);
      trace(pen, model.roads, inBox(model.roads, x0, y0, x1, y1), view); pen.stroke();
    }
    if (model.border) {
      pen.strokeStyle = '#222222'; pen.lineWidth = 1.5 * ratio; pen.setLineDash([6 * ratio, 4 * ratio]);
      trace(pen, model.border, inBox(model.border, x0, y0, x1, y1), view); pen.stroke(); pen.setLineDash([]);
    }
  },
});

function drawParcels(pen, model, view, metres, ratio) {
  const here = inBox(model.parcels, view.box[0], view.box[1], view.box[2], view.box[3]);
  const byClass = model.style.map(function () { return []; });
  for (const i of here) { if (model.classes[i] < byClass.length) { byClass[model.classes[i]].push(i); } }
  byClass.forEach(function (members, code) {
    const style = model.style[code];
    if (!members.length || !style.shown) { return; }
    trace(pen, model.parcels, members, view);
    pen.globalAlpha = style.opacity; pen.fillStyle = style.colour; pen.fill('evenodd'); pen.globalAlpha = 1;
    if (style.hatch) { pen.fillStyle = hatch(pen, style.hatch, ratio); pen.fill('evenodd'); }
    if (metres < 6) { pen.strokeStyle = 'rgba(40,40,40,0.55)'; pen.lineWidth = 0.6 * ratio; pen.stroke(); }
  });
}

function trace(pen, shapes, members, view) {
  pen.beginPath();
  for (const i of members) {
    for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
      const from = start(shapes.ends, r), to = shapes.ends[r];
      for (let c = from; c < to; c++) {
        const x = shapes.xy[2 * c] * view.k + view.dx, y = view.dy - shapes.xy[2 * c + 1] * view.k;
        if (c === from) { pen.moveTo(x, y); } else { pen.lineTo(x, y); }
      }
    }
  }
}

const hatches = new Map();
function hatch(pen, kind, ratio) {
  const key = kind + ratio;
  if (hatches.has(key)) { return hatches.get(key); }
  const size = 8 * ratio, square = document.createElement('canvas');
  square.width = square.height = size;
  const p = square.getContext('2d');
  p.strokeStyle = p.fillStyle = 'rgba(30,30,30,0.75)'; p.lineWidth = ratio;
  p.beginPath();
  if (kind === 'dots') { p.arc(size / 2, size / 2, 1.2 * ratio, 0, 7); p.fill(); }
  if (kind === 'up' || kind === 'cross') { p.moveTo(-size, size); p.lineTo(size, -size); p.moveTo(0, 2 * size); p.lineTo(2 * size, 0); p.moveTo(0, size); p.lineTo(size, 0); }
  if (kind === 'down' || kind === 'cross') { p.moveTo(0, 0); p.lineTo(size, size); }
  if (kind !== 'dots') { p.stroke(); }
  hatches.set(key, pen.createPattern(square, 'repeat'));
  return hatches.get(key);
}

function point(place) { return L.latLng(place[1], place[0]); }

function rings(shapes, i) {
  const found = [];
  for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
    const ring = [];
    for (let c = start(shapes.ends, r); c < shapes.ends[r]; c++) { ring.push(L.latLng(shapes.xy[2 * c + 1], shapes.xy[2 * c])); }
    found.push(ring);
  }
  return found;
}

function named(text, name) { const box = document.createElement('span'); box.className = name; box.textContent = text; return box; }

/* What belongs to the chosen parcel: its outline, the objects that decided, the way to the nearest facility. */
function drawOverlay(model, data) {
  model.overlay.clearLayers();
  (data.names || []).forEach(function (name) {
    const icon = L.divIcon({ html: named(name.text, 'place'), iconSize: [0, 0], className: '' });
    L.marker(point(name.at), { icon: icon, interactive: false, keyboard: false }).addTo(model.overlay);
  });
  (data.objects || []).forEach(function (object) {
    const style = { color: '#5b2a86', weight: 3, fillColor: '#5b2a86', fillOpacity: 0.15, dashArray: object.line ? '2 6' : null };
    object.parts.forEach(function (part) {
      const places = part.map(point);
      const shape = object.line ? L.polyline(places, Object.assign({}, style, { dashArray: null, color: '#1f3d7a' }))
        : places.length === 1 ? L.circleMarker(places[0], Object.assign({ radius: 7 }, style)) : L.polygon(places, style);
      shape.bindTooltip(named(object.text, '')).addTo(model.overlay);
    });
  });
  if (data.selected >= 0 && model.parcels && data.selected < model.parcels.n) { drawSelected(model, data.selected); }
}

/* The outline, and a ring around it that shows where a parcel is that is too small to see. */
function drawSelected(model, i) {
  const outline = rings(model.parcels, i), b = model.parcels.boxes.subarray(4 * i, 4 * i + 4);
  [['#ffffff', 7], ['#000000', 3]].forEach(function (line) {
    L.polygon(outline, { color: line[0], weight: line[1], fill: false, interactive: false }).addTo(model.overlay);
  });
  model.rings = [['#ffffff', 6], ['#000000', 3]].map(function (line) {
    const ring = L.circleMarker(point([(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]), { radius: 14, color: line[0], weight: line[1], fill: false, interactive: false });
    ring.across = Math.max(b[2] - b[0], b[3] - b[1]);
    return ring.addTo(model.overlay);
  });
  showRings(model);
}

function metresPerPixel(map) { return 3440.64 / Math.pow(2, map.getZoom()); }

function showRings(model) {
  (model.rings || []).forEach(function (ring) {
    ring.setStyle({ opacity: ring.across / metresPerPixel(model.map) < 20 ? 1 : 0 });
  });
}

/* A parcel that was chosen elsewhere comes into view; one that was clicked here is in view. */
function seek(model, selected) {
  const was = model.selected, clicked = model.justClicked;
  model.selected = selected; model.justClicked = -1;
  if (was === undefined || was === selected || selected < 0 || selected === clicked || !model.parcels) { return; }
  const b = model.parcels.boxes.subarray(4 * selected, 4 * selected + 4);
  const box = L.latLngBounds([[b[1], b[0]], [b[3], b[2]]]);
  if (model.map.getBounds().contains(box) && (b[2] - b[0]) / metresPerPixel(model.map) > 20) { return; }
  model.moved = true;
  model.map.fitBounds([[b[1] - 300, b[0] - 300], [b[3] + 300, b[2] + 300]], { maxZoom: 14, animate: false });
}

function see(model, data) {
  if (data.look !== model.look) {
    model.look = data.look; model.extent = data.extent; model.moved = false;
    fit(model);
  }
}

function fit(model) {
  const b = model.extent;
  model.fitting = true;
  model.map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { padding: [10, 10], maxZoom: 14, animate: false });
  model.fitting = false;
}

function build(parent, data) {
  const box = parent.querySelector('.parcel-map');
  box.style.height = data.height + 'px';
  const map = L.map(box, { crs: RD, minZoom: 4, maxZoom: 16, zoomSnap: 0.1, attributionControl: true, zoomControl: false, zoomAnimation: false });
  map.attributionControl.setPrefix(false);
  L.control.zoom().addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const model = { map: map, overlay: L.layerGroup(), look: null };
  model.tiles = new Tiles({ tileSize: TILE, updateWhenZooming: false, keepBuffer: 1 });
  model.tiles.model = model;
  map.on('click', function (event) {
    if (model.sketch) { addCorner(model.sketch, event.latlng); return; }
    const i = model.parcels ? at(model.parcels, event.latlng.lng, event.latlng.lat) : -1;
    if (i >= 0) { model.justClicked = i; model.clicked(i); }
  });
  map.on('moveend zoomend', function () { showRings(model); tellView(model, box); });
  map.on('movestart', function () { if (!model.fitting) { model.moved = true; } });
  new ResizeObserver(function () {
    model.fitting = true; map.invalidateSize({ animate: false }); model.fitting = false;
    if (!model.moved && model.extent) { fit(model); }
  }).observe(box);
  return model;
}

/* What is on screen, for who cannot see it: middle in EPSG:28992 and metres per pixel. */
function tellView(model, box) {
  const middle = model.map.getCenter();
  box.dataset.view = [middle.lng.toFixed(2), middle.lat.toFixed(2), metresPerPixel(model.map).toFixed(6)].join(' ');
}

function background(model, address, credit) {
  if (address && !model.background) {
    model.background = L.tileLayer(address, { minZoom: 0, maxZoom: 14, maxNativeZoom: 14, attribution: credit, zIndex: 0 }).addTo(model.map);
  } else if (!address && model.background) {
    model.background.remove(); model.background = null;
  }
}

/* What a screen reader says of the map, in the language of the page. */
function name(box, data) {
  box.setAttribute('aria-label', data.label);
  [['in', data.zoom_in], ['out', data.zoom_out]].forEach(function (way) {
    const button = box.querySelector('.leaflet-control-zoom-' + way[0]);
    button.title = way[1]; button.setAttribute('aria-label', way[1]);
  });
}

export default function (component) {
  const data = component.data, parent = component.parentElement;
  if (!data) { return; }
  let model = maps.get(parent);
  const fresh = !model, box = parent.querySelector('.parcel-map');
  if (fresh) { model = build(parent, data); maps.set(parent, model); }
  model.clicked = function (i) { component.setTriggerValue('clicked', { index: i, of: data.parcels.key }); };
  const lacking = [];
  ['parcels', 'water', 'roads', 'border'].forEach(function (name) {
    model[name] = data[name] ? unpack(data[name]) : null;
    if (data[name] && !model[name]) { lacking.push(data[name].key); }
  });
  if (lacking.length) { component.setTriggerValue('lacking', lacking); }
  name(box, data);
  sketchOn(model, box, data.drawing, function (corners) { component.setTriggerValue('drawn', { corners: corners }); });
  model.map.attributionControl._attributions = {};
  model.map.attributionControl.addAttribution(L.DomUtil.create('span').appendChild(document.createTextNode(data.credit)).parentNode.innerHTML);
  see(model, data);
  const drawn = [data.turn, data.parcels.key, lacking.length].join(' ');
  if (model.drawn !== drawn) {
    model.drawn = drawn; model.classes = bytes(data.classes); model.style = data.style;
    if (fresh) { model.tiles.addTo(model.map); model.overlay.addTo(model.map); } else { model.tiles.redrawAll(); }
  }
  background(model, data.background, data.background_credit);
  model.rings = [];
  drawOverlay(model, data);
  seek(model, data.selected);
  tellView(model, box);
  box.dataset.drawn = lacking.length ? '' : data.turn;
}
