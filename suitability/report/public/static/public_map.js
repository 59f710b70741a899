/* Public map: search, cards, list, funnel and legend around the tiles of parcel_tiles.js. Reasons are templates with gaps.
   Texts are set as text, never read as HTML. */
(function () {
'use strict';
const { point, contains, inBox, inView, boxOf, trace, fill, stroke, span } = parcelTiles;
const ROWS = 50, FOUND = 8;
const OUTCOMES = ['fail', 'unknown', 'pass'];
const state = { lang: document.documentElement.lang, chosen: -1, hidden: new Set(), view: 'legend', rows: ROWS };
let data, units, map, tiles, overlay, names;

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

function paint(pen, view) {
  fill(pen, data.shapes.settlements, view, '#ece7df');
  fill(pen, data.shapes.water, view, '#b9d7ea');
  const styles = data.classes.map(function (name) { return Object.assign({ shown: !state.hidden.has(name) }, data.style[name]); });
  parcelTiles.fillClasses(pen, units, data.columns.verdict_class, styles, view);
  strokeRoads(pen, view);
  stroke(pen, data.shapes.municipality, view, '#3b2a55', 2, [9, 5]);
  stroke(pen, data.shapes.sites, view, '#ffffff', 5);
  stroke(pen, data.shapes.sites, view, '#5b2a86', 3);
}

function strokeRoads(pen, view) {
  const shapes = data.shapes.roads, metres = view.metres, ratio = view.ratio;
  if (!shapes) { return; }
  const main = [], other = [];
  for (const i of inView(shapes, view)) { (data.columns['roads.main'][i] ? main : other).push(i); }
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

function metresPerPixel() { return parcelTiles.metresPerPixel(map.getZoom()); }

function drawNames() {
  names.clearLayers();
  const taken = [], view = map.getBounds(), metres = metresPerPixel();
  const put = function (x, y, words, name, angle) {
    const at = map.latLngToContainerPoint(point(x, y)), w = words.length * 3.6 + 8;
    if (taken.some(function (o) { return Math.abs(o[0] - at.x) < o[2] + w && Math.abs(o[1] - at.y) < 18; })) { return; }
    taken.push([at.x, at.y, w]);
    const box = span(words, name);
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
  if (state.chosen >= 0) { parcelTiles.outline(overlay, units, state.chosen, metresPerPixel()); }
}

function landmarks() {
  const group = L.layerGroup();
  data.facilities.forEach(function (place) {
    L.circleMarker(point(place.at[0], place.at[1]), { radius: 5, color: '#ffffff', weight: 2, fillColor: '#1f3d7a', fillOpacity: 1, bubblingMouseEvents: true })
      .bindTooltip(span(place.text, '')).addTo(group);
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
  const b = boxOf(data.shapes.sites, k), margin = Math.max(130, 0.4 * Math.max(b[2] - b[0], b[3] - b[1]));
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

/* The unit at a place, the first in order: an area may have a hole filled by a parcel. */
function unitAt(x, y) { return parcelTiles.shapeAt(units, x, y); }

function choose(i, move) {
  state.chosen = i;
  state.place = null;
  drawChosen();
  if (i < 0) { show('legend'); return; }
  const b = boxOf(units, i);
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
  parcelTiles.nameZoom(document, t('zoom_in', {}), t('zoom_out', {}));
  legend(); listing(); funnel(); about();
  show(state.view);
}

function fitAll() {
  map.fitBounds([[data.extent[1], data.extent[0]], [data.extent[3], data.extent[2]]], { animate: false, padding: [8, 8] });
}

function build() {
  map = L.map('map', { crs: parcelTiles.RD, minZoom: 4, maxZoom: 15, zoomSnap: 0.25, wheelPxPerZoomLevel: 90, attributionControl: false, zoomControl: false, preferCanvas: false });
  L.control.zoom({ position: 'topright', zoomInText: '+', zoomOutText: '−' }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  map.createPane('names').style.zIndex = 620;
  map.getPane('names').style.pointerEvents = 'none';
  fitAll();
  tiles = parcelTiles.tileLayer(paint).addTo(map);
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
  parcelTiles.follow(map, box, fitAll);
  drawNames();
}

async function start() {
  data = await parcelTiles.unpack(document.getElementById('packed').textContent.trim());
  data.shapes = {};
  ['units', 'water', 'roads', 'settlements', 'municipality', 'sites'].forEach(function (name) { data.shapes[name] = parcelTiles.shapesOf(data, name); });
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
