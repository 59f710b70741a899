/* Drawing a place on the map of the app: every click is a corner, in metres in EPSG:28992; L comes from parcel_map.py.
   A double click, a click on the first corner, Enter or a button ends it; what was drawn is sent and then forgotten. */
const CLOSE_PX = 12;   // so near to the first corner is on it: the width of a finger's tip
const REPEAT_PX = 3;   // the second click of a double click

function beginSketch(model, box) {
  const own = { map: model.map, box: box, corners: [], layer: L.layerGroup().addTo(model.map) };
  model.map.doubleClickZoom.disable();
  box.classList.add('drawing');
  own.bar = L.DomUtil.create('div', 'sketch-bar');
  own.said = L.DomUtil.create('span', '', own.bar);
  own.said.setAttribute('role', 'status');
  own.buttons = {};
  [['done', finish], ['undo', undoCorner], ['drop', dropSketch]].forEach(function (one) {
    const button = own.buttons[one[0]] = L.DomUtil.create('button', 'sketch-' + one[0], own.bar);
    button.type = 'button';
    button.addEventListener('click', function () { one[1](own); });
  });
  box.parentElement.insertBefore(own.bar, box); // above the map: on it, it would cover places
  model.map.on('dblclick', function () { finish(own); });
  box.addEventListener('keydown', function (event) {
    const act = { Enter: finish, Backspace: undoCorner, Delete: undoCorner, Escape: dropSketch }[event.key];
    if (event.target === box && act && own.corners.length) { event.preventDefault(); act(own); }
  });
  return own;
}

function sketchOn(model, box, words, send) {
  if (!words) { return; }
  if (!model.sketch) { model.sketch = beginSketch(model, box); }
  model.sketch.words = words;
  model.sketch.send = send;
  Object.keys(model.sketch.buttons).forEach(function (name) { model.sketch.buttons[name].textContent = words[name]; });
  drawSketch(model.sketch);
}

function apart(own, one, other) {
  return own.map.latLngToContainerPoint(one).distanceTo(own.map.latLngToContainerPoint(other));
}

function addCorner(own, place) {
  const n = own.corners.length;
  if (n && apart(own, own.corners[n - 1], place) < REPEAT_PX) { return; }
  if (n > 2 && apart(own, own.corners[0], place) < CLOSE_PX) { finish(own); return; }
  own.corners.push(place);
  drawSketch(own);
}

function undoCorner(own) { own.corners.pop(); drawSketch(own); }

function dropSketch(own) { own.corners = []; drawSketch(own); }

/* One corner is a point, three or more are an area; two are neither yet. */
function isWhole(own) { return own.corners.length === 1 || own.corners.length > 2; }

function finish(own) {
  if (!isWhole(own)) { return; }
  const corners = own.corners.map(function (place) { return [place.lng, place.lat]; });
  dropSketch(own);
  own.send(corners);
}

function drawSketch(own) {
  const n = own.corners.length;
  own.layer.clearLayers();
  [['#ffffff', 6], ['#b0006d', 3]].forEach(function (line) {
    const style = { color: line[0], weight: line[1], fillColor: '#b0006d', fillOpacity: 0.08, interactive: false };
    if (n > 1) { L[n > 2 ? 'polygon' : 'polyline'](own.corners, style).addTo(own.layer); }
  });
  own.corners.forEach(function (place, i) {
    L.circleMarker(place, { radius: i ? 4 : 7, color: '#ffffff', weight: 2, fillColor: '#b0006d', fillOpacity: 1, interactive: false }).addTo(own.layer);
  });
  own.said.textContent = n ? own.words.corners.replace('{n}', n) : own.words.start;
  own.buttons.done.disabled = !isWhole(own);
  own.buttons.done.textContent = n === 1 ? own.words.point : own.words.done;
  ['undo', 'drop'].forEach(function (name) { own.buttons[name].disabled = !n; });
  own.box.dataset.corners = n;
}
