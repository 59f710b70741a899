/* Map of the app: the tiles of parcel_tiles.js with what the page points out on them. A changed limit sends one byte per
   parcel. Texts are set as text, never read as HTML. The names exports and L are set by parcel_map.py. */
const { point, span, fill, stroke, boxOf } = parcelTiles;
const packs = new Map();    // key -> shapes, or the promise of them; kept as long as the page is open
const maps = new WeakMap(); // element -> its map

/* The shapes of a pack, or the promise of them; nothing where the pack is only a key that this page does not know. */
function shapesOf(pack) {
  if (!packs.has(pack.key) && pack.packed) {
    packs.set(pack.key, parcelTiles.unpack(pack.packed).then(function (content) {
      packs.set(pack.key, parcelTiles.shapesOf(content, 'shapes'));
    }));
  }
  return packs.get(pack.key);
}

function paint(model, pen, view) {
  fill(pen, model.water, view, '#a9cfe8');
  if (model.parcels && model.classes) { parcelTiles.fillClasses(pen, model.parcels, model.classes, model.style, view); }
  stroke(pen, model.roads, view, '#6b6b6b', view.metres < 2 ? 1.6 : view.metres < 8 ? 0.9 : 0.5);
  stroke(pen, model.municipality, view, '#222222', 1.5, [6, 4]);
}

/* Names of places, and the objects that decided with the way to the nearest facility. */
function drawOverlay(model, data) {
  model.overlay.clearLayers();
  (data.names || []).forEach(function (name) {
    const icon = L.divIcon({ html: span(name.text, 'place'), iconSize: [0, 0], className: '' });
    L.marker(point(name.at[0], name.at[1]), { icon: icon, interactive: false, keyboard: false }).addTo(model.overlay);
  });
  (data.objects || []).forEach(function (object) {
    const style = { color: '#5b2a86', weight: 3, fillColor: '#5b2a86', fillOpacity: 0.15, dashArray: object.line ? '2 6' : null };
    object.parts.forEach(function (part) {
      const places = part.map(function (place) { return point(place[0], place[1]); });
      const shape = object.line ? L.polyline(places, Object.assign({}, style, { dashArray: null, color: '#1f3d7a' }))
        : places.length === 1 ? L.circleMarker(places[0], Object.assign({ radius: 7 }, style)) : L.polygon(places, style);
      shape.bindTooltip(span(object.text, '')).addTo(model.overlay);
    });
  });
}

function metresPerPixel(map) { return parcelTiles.metresPerPixel(map.getZoom()); }

function drawSelected(model) {
  model.chosen.clearLayers();
  if (model.selected >= 0 && model.parcels && model.selected < model.parcels.n) {
    parcelTiles.outline(model.chosen, model.parcels, model.selected, metresPerPixel(model.map));
  }
}

/* A parcel that was chosen elsewhere comes into view; one that was clicked here is in view. */
function seek(model, selected) {
  const was = model.selected, clicked = model.justClicked;
  model.selected = selected; model.justClicked = -1;
  if (was === undefined || was === selected || selected < 0 || selected === clicked || !model.parcels) { return; }
  const b = boxOf(model.parcels, selected);
  const box = L.latLngBounds([[b[1], b[0]], [b[3], b[2]]]);
  if (model.map.getBounds().contains(box) && (b[2] - b[0]) / metresPerPixel(model.map) > 20) { return; }
  model.follower.moved = true;
  model.map.fitBounds([[b[1] - 300, b[0] - 300], [b[3] + 300, b[2] + 300]], { maxZoom: 14, animate: false });
}

function see(model, data) {
  if (data.look === model.look) { return; }
  model.look = data.look; model.extent = data.extent;
  model.follower.fit();
}

function fit(model) {
  if (!model.extent) { return; }
  const b = model.extent;
  model.map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { padding: [10, 10], maxZoom: 14, animate: false });
}

function build(parent, data) {
  const box = parent.querySelector('.parcel-map');
  box.style.height = data.height + 'px';
  const map = L.map(box, { crs: parcelTiles.RD, minZoom: 4, maxZoom: 16, zoomSnap: 0.1, attributionControl: true, zoomControl: false, zoomAnimation: false });
  map.attributionControl.setPrefix(false);
  L.control.zoom().addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const model = { map: map, overlay: L.layerGroup(), chosen: L.layerGroup(), look: null };
  model.tiles = parcelTiles.tileLayer(function (pen, view) { paint(model, pen, view); });
  model.follower = parcelTiles.follow(map, box, function () { fit(model); });
  map.on('click', function (event) {
    if (model.sketch) { addCorner(model.sketch, event.latlng); return; }
    const i = model.parcels ? parcelTiles.shapeAt(model.parcels, event.latlng.lng, event.latlng.lat) : -1;
    if (i >= 0) { model.justClicked = i; model.clicked(i); }
  });
  map.on('zoomend', function () { drawSelected(model); });
  map.on('moveend zoomend', function () { exposeView(model, box); });
  return model;
}

/* Sets what is on screen as an attribute of the box: middle in EPSG:28992 and metres per pixel. */
function exposeView(model, box) {
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

/* Shows what the page asks for; where shapes are still being unpacked, as soon as they are there. */
export default function (component) {
  const data = component.data, parent = component.parentElement;
  if (!data) { return; }
  const box = parent.querySelector('.parcel-map');
  if (!maps.has(parent)) { maps.set(parent, build(parent, data)); }
  const model = maps.get(parent);
  model.latest = component;
  const coming = ['parcels', 'water', 'roads', 'municipality'].filter(function (name) { return data[name] && shapesOf(data[name]) instanceof Promise; });
  if (!coming.length) { show(component, model, box); return; }
  box.dataset.drawn = '';
  return Promise.all(coming.map(function (name) { return shapesOf(data[name]); })).then(function () {
    if (model.latest === component) { show(component, model, box); }
  });
}

function show(component, model, box) {
  const data = component.data;
  model.clicked = function (i) { component.setTriggerValue('clicked', { index: i, of: data.parcels.key }); };
  const lacking = [];
  ['parcels', 'water', 'roads', 'municipality'].forEach(function (name) {
    model[name] = data[name] ? shapesOf(data[name]) : null;
    if (data[name] && !model[name]) { lacking.push(data[name].key); }
  });
  if (lacking.length) { component.setTriggerValue('lacking', lacking); }
  box.setAttribute('aria-label', data.label);
  parcelTiles.nameZoom(box, data.zoom_in, data.zoom_out);
  sketchOn(model, box, data.drawing, function (corners) { component.setTriggerValue('drawn', { corners: corners }); });
  model.map.attributionControl._attributions = {};
  model.map.attributionControl.addAttribution(L.DomUtil.create('span').appendChild(document.createTextNode(data.credit)).parentNode.innerHTML);
  see(model, data);
  const drawn = [data.turn, data.parcels.key, lacking.length].join(' ');
  if (model.drawn !== drawn) {
    const fresh = model.drawn === undefined;
    model.drawn = drawn; model.classes = parcelTiles.bytes(data.classes); model.style = data.style;
    if (fresh) { [model.tiles, model.overlay, model.chosen].forEach(function (layer) { layer.addTo(model.map); }); } else { model.tiles.redrawAll(); }
  }
  background(model, data.background, data.background_credit);
  drawOverlay(model, data);
  seek(model, data.selected);
  drawSelected(model);
  exposeView(model, box);
  box.dataset.drawn = lacking.length ? '' : data.turn;
}
