/* Texts in the data are set as text (textContent), never read as HTML. */
function card(feature, layer) {
  layer.bindPopup(function () {
    var box = L.DomUtil.create('div', 'card');
    feature.properties.lines.forEach(function (line) {
      var row = L.DomUtil.create('div', 'row', box);
      if (line[0]) { L.DomUtil.create('b', '', row).textContent = line[0] + ': '; }
      L.DomUtil.create('span', '', row).textContent = line[1];
    });
    return box;
  }, { maxWidth: 360 });
}

function text(name, className) {
  var box = document.createElement('span');
  box.className = className;
  box.textContent = name;
  return box;
}

function dot(feature, place) {
  var style = { radius: 5, color: '#ffffff', weight: 1.5, fillColor: '#1f3d7a', fillOpacity: 1 };
  return L.circleMarker(place, style).bindTooltip(text(feature.properties.name, ''));
}

function name(feature, place) {
  var icon = L.divIcon({ html: text(feature.properties.name, 'place'), iconSize: [0, 0], className: '' });
  return L.marker(place, { icon: icon, interactive: false, keyboard: false });
}

document.addEventListener('DOMContentLoaded', function () {
  if (window.innerWidth < 700) { document.querySelector('.panel').open = false; }
});
