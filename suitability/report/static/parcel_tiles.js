/* Shapes on canvas tiles, shared by the public map and the map of the app: unpacking, hit testing, drawing, hatching.
   Coordinates are metres in EPSG:28992; L is Leaflet. A view is what a tile shows: `box` in metres, `metres` per pixel,
   `ratio` pixels of the canvas per pixel of the page, and `k`, `dx`, `dy` from metres to the canvas. */
const parcelTiles = (function () {
'use strict';
const TILE = 256, MARGIN = 8, CELL = 250, WIDE = 400 * CELL * CELL, EVERYWHERE = 4000 * CELL * CELL, SMALL_PX = 16;
const LEFT = -285401.92, TOP = 903401.92, COARSEST = 3440.64; // the tile scheme of the Dutch grid, in metres
const RD = L.extend({}, L.CRS.Simple, {
  transformation: new L.Transformation(1, -LEFT, -1, TOP),
  scale: function (zoom) { return Math.pow(2, zoom) / COARSEST; },
  zoom: function (scale) { return Math.log2(scale * COARSEST); },
});
function metresPerPixel(zoom) { return COARSEST / Math.pow(2, zoom); }
function point(x, y) { return L.latLng(y, x); }
function bytes(text) { return Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); }); }

/* ---- unpacking: what packing.py packed ---- */

async function unpack(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const inflated = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(inflated.buffer).getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(inflated.subarray(4, 4 + length)));
  let at = 4 + length;
  content.columns = {};
  content.arrays.forEach(function (array) {
    const numbers = new Int32Array(array.n);
    for (let k = 0; k < array.width; k++) {
      for (let i = 0; i < array.n; i++) { numbers[i] |= inflated[at + k * array.n + i] << (8 * k); }
    }
    for (let i = 0; i < array.n; i++) { numbers[i] = (numbers[i] >>> 1) ^ -(numbers[i] & 1); }
    content.columns[array.name] = numbers;
    at += array.width * array.n;
  });
  return content;
}

/* Rings of shape i: first[i] to first[i + 1]; corners of ring r: start[r] to start[r + 1]. */
function shapesOf(content, name) {
  const c = content.columns;
  if (!c[name + '.x']) { return null; }
  const dx = c[name + '.x'], dy = c[name + '.y'], corners = c[name + '.corners'], rings = c[name + '.rings'];
  const shapes = { n: rings.length, xy: new Float64Array(2 * dx.length), start: new Uint32Array(corners.length + 1), first: new Uint32Array(rings.length + 1) };
  for (let i = 0, x = 0, y = 0; i < dx.length; i++) {
    x += dx[i]; y += dy[i];
    shapes.xy[2 * i] = content.origin[0] + x * content.grid; shapes.xy[2 * i + 1] = content.origin[1] + y * content.grid;
  }
  for (let r = 0; r < corners.length; r++) { shapes.start[r + 1] = shapes.start[r] + corners[r]; }
  for (let i = 0; i < rings.length; i++) { shapes.first[i + 1] = shapes.first[i] + rings[i]; }
  shapes.boxes = boxes(shapes);
  index(shapes);
  return shapes;
}

/* ---- finding ---- */

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

function boxOf(shapes, i) { return shapes.boxes.subarray(4 * i, 4 * i + 4); }

function eachCell(x0, y0, x1, y1, visit) {
  for (let x = Math.floor(x0 / CELL); x <= Math.floor(x1 / CELL); x++) {
    for (let y = Math.floor(y0 / CELL); y <= Math.floor(y1 / CELL); y++) { visit(x * 10000 + y); }
  }
}

/* Grid index: the shapes that touch each cell; shapes over very many cells stand apart in `wide`. */
function index(shapes) {
  shapes.cells = new Map(); shapes.wide = [];
  for (let i = 0; i < shapes.n; i++) {
    const b = boxOf(shapes, i);
    if (!(b[0] <= b[2])) { continue; }
    if ((b[2] - b[0]) * (b[3] - b[1]) > WIDE) { shapes.wide.push(i); continue; }
    eachCell(b[0], b[1], b[2], b[3], function (key) {
      if (!shapes.cells.has(key)) { shapes.cells.set(key, []); }
      shapes.cells.get(key).push(i);
    });
  }
}

/* Shapes of which the box touches a box, in ascending order. */
function inBox(shapes, x0, y0, x1, y1) {
  const touches = function (i) {
    const b = shapes.boxes;
    return b[4 * i] <= x1 && b[4 * i + 2] >= x0 && b[4 * i + 1] <= y1 && b[4 * i + 3] >= y0;
  };
  const found = [];
  if ((x1 - x0) * (y1 - y0) > EVERYWHERE) {
    for (let i = 0; i < shapes.n; i++) { if (touches(i)) { found.push(i); } }
    return found;
  }
  const seen = new Set(shapes.wide);
  eachCell(x0, y0, x1, y1, function (key) { for (const i of shapes.cells.get(key) || []) { seen.add(i); } });
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

/* The first shape that holds a place, or -1. */
function shapeAt(shapes, x, y) {
  for (const i of inBox(shapes, x, y, x, y)) { if (contains(shapes, i, x, y)) { return i; } }
  return -1;
}

/* ---- drawing ---- */

const Tiles = L.GridLayer.extend({
  createTile: function (coords) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = Math.round(TILE * (window.devicePixelRatio || 1));
    tile.coords = coords;
    this.draw(tile);
    return tile;
  },
  redrawAll: function () { for (const key in this._tiles) { this.draw(this._tiles[key].el); } },
  draw: function (tile) {
    const ratio = tile.width / TILE, metres = metresPerPixel(tile.coords.z), k = ratio / metres, more = MARGIN * metres;
    const x0 = tile.coords.x * TILE * metres + LEFT, y1 = TOP - tile.coords.y * TILE * metres;
    const x1 = x0 + TILE * metres, y0 = y1 - TILE * metres;
    const pen = tile.getContext('2d');
    pen.clearRect(0, 0, tile.width, tile.height);
    pen.lineJoin = 'round';
    this.options.paint(pen, { k: k, dx: -x0 * k, dy: y1 * k, metres: metres, ratio: ratio, box: [x0 - more, y0 - more, x1 + more, y1 + more] });
  },
});

/* A layer of canvas tiles; `paint(pen, view)` draws what one of them shows. */
function tileLayer(paint) { return new Tiles({ tileSize: TILE, updateWhenZooming: false, keepBuffer: 1, paint: paint }); }

function inView(shapes, view) { return inBox(shapes, view.box[0], view.box[1], view.box[2], view.box[3]); }

/* Makes the path of some shapes; corners that nobody sees are left out. */
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

function fill(pen, shapes, view, colour) {
  if (!shapes) { return; }
  trace(pen, shapes, inView(shapes, view), view);
  pen.fillStyle = colour; pen.fill('evenodd');
}

function stroke(pen, shapes, view, colour, width, dash) {
  if (!shapes) { return; }
  trace(pen, shapes, inView(shapes, view), view);
  pen.strokeStyle = colour; pen.lineWidth = width * view.ratio;
  pen.setLineDash((dash || []).map(function (part) { return part * view.ratio; })); pen.stroke(); pen.setLineDash([]);
}

/* Draws shapes by class, each class in one path, the first class on top. `styles`: per class {colour, hatch, opacity,
   shown}; a shape of a class beyond them is not drawn. Hatching tells classes apart without colour. */
function fillClasses(pen, shapes, classes, styles, view) {
  const members = styles.map(function () { return []; });
  for (const i of inView(shapes, view)) { if (classes[i] < styles.length) { members[classes[i]].push(i); } }
  for (let code = styles.length - 1; code >= 0; code--) {
    const style = styles[code];
    if (!members[code].length || !style.shown) { continue; }
    trace(pen, shapes, members[code], view);
    pen.globalAlpha = style.opacity; pen.fillStyle = pen.strokeStyle = style.colour; pen.fill('evenodd');
    if (view.metres >= 6) { pen.lineWidth = 0.6 * view.ratio; pen.stroke(); }
    pen.globalAlpha = 1;
    if (style.hatch) { pen.fillStyle = pen.createPattern(hatch(style.hatch, view.ratio), 'repeat'); pen.fill('evenodd'); }
    if (view.metres < 6) { pen.strokeStyle = 'rgba(40,40,40,0.5)'; pen.lineWidth = (view.metres < 1.5 ? 0.9 : 0.5) * view.ratio; pen.stroke(); }
  }
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

/* ---- on the map ---- */

function span(words, className) {
  const box = document.createElement('span');
  box.className = className; box.textContent = words;
  return box;
}

/* The outline of a shape on a layer, and a ring around one that is too small to see. */
function outline(layer, shapes, i, metres) {
  const b = boxOf(shapes, i), small = Math.max(b[2] - b[0], b[3] - b[1]) / metres < SMALL_PX;
  [['#ffffff', 7], ['#000000', 3]].forEach(function (line) {
    const style = { color: line[0], weight: line[1], fill: false, interactive: false };
    for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
      const ring = [];
      for (let c = shapes.start[r]; c < shapes.start[r + 1]; c++) { ring.push(point(shapes.xy[2 * c], shapes.xy[2 * c + 1])); }
      L.polyline(ring, style).addTo(layer);
    }
    if (small) { L.circleMarker(point((b[0] + b[2]) / 2, (b[1] + b[3]) / 2), L.extend({ radius: 14 }, style)).addTo(layer); }
  });
}

/* Names the zoom buttons for a screen reader, in the language of the page. */
function nameZoom(box, zoomIn, zoomOut) {
  [['in', zoomIn], ['out', zoomOut]].forEach(function (way) {
    const button = box.querySelector('.leaflet-control-zoom-' + way[0]);
    if (button) { button.title = way[1]; button.setAttribute('aria-label', way[1]); }
  });
}

/* Keeps the extent in view, also when the box of the map changes size, until somebody moves the map. */
function follow(map, box, fit) {
  let fitting = false;
  const quietly = function (act) { fitting = true; act(); fitting = false; };
  const follower = { moved: false, fit: function () { follower.moved = false; quietly(fit); } };
  map.on('movestart', function () { if (!fitting) { follower.moved = true; } });
  new ResizeObserver(function () {
    quietly(function () { map.invalidateSize({ animate: false }); if (!follower.moved) { fit(); } });
  }).observe(box);
  return follower;
}

return {
  RD: RD, metresPerPixel: metresPerPixel, point: point, bytes: bytes, unpack: unpack, shapesOf: shapesOf, boxOf: boxOf, inBox: inBox,
  contains: contains, shapeAt: shapeAt, tileLayer: tileLayer, inView: inView, trace: trace, fill: fill, stroke: stroke,
  fillClasses: fillClasses, span: span, outline: outline, nameZoom: nameZoom, follow: follow,
};
})();
