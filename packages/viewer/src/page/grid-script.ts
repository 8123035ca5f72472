/** The chip: tiles, what sits at each site, and the routes between them. */
export const GRID_SCRIPT = `
var CELL = 22, GAP = 26;
var across = 1;
/** Tiles stand in rows, as many in each as lets the whole chip be seen largest. */
function arrange(s) {
  var c = view.chip, best = 0;
  for (var n = 1; n <= c.tiles; n += 1) {
    var scale = Math.min((s.w - 40) / (n * ((c.columns + 1) * CELL + GAP)), (s.h - 80) / (Math.ceil(c.tiles / n) * ((c.rows + 1) * CELL + GAP)));
    if (scale > best * 1.001) { best = scale; across = n; }
  }
}
function siteXY(tile, row, column) {
  var c = view.chip;
  return { x: (tile % across) * ((c.columns + 1) * CELL + GAP) + column * CELL + CELL / 2, y: Math.floor(tile / across) * ((c.rows + 1) * CELL + GAP) + row * CELL + CELL / 2 };
}
function gridBounds() {
  var c = view.chip, used = new Set();
  network().boxes.forEach(function (box) { (box.sites || []).forEach(function (s) { used.add(s[0]); }); });
  if (used.size === 0) for (var t = 0; t < c.tiles; t += 1) used.add(t);
  var b = [Infinity, Infinity, -Infinity, -Infinity];
  used.forEach(function (tile) {
    var p = siteXY(tile, 0, 0);
    b = [Math.min(b[0], p.x - CELL), Math.min(b[1], p.y - 1.5 * CELL), Math.max(b[2], p.x + (c.columns + 1) * CELL), Math.max(b[3], p.y + (c.rows + 1) * CELL)];
  });
  return b;
}
function gridPlace(i) { var box = network().boxes[i], s = box && box.sites && box.sites[0]; return s ? siteXY(s[0], s[1], s[2]) : undefined; }
function occupants() {
  var found = new Map();
  network().boxes.forEach(function (box, i) { (box.sites || []).forEach(function (s) { var key = s.join(":"); if (!found.has(key)) found.set(key, []); found.get(key).push(i); }); });
  return found;
}
function gridBoxAt(p) {
  var best = -1, near = CELL / 2;
  occupants().forEach(function (boxes, key) {
    var s = key.split(":").map(Number), xy = siteXY(s[0], s[1], s[2]), d = Math.max(Math.abs(xy.x - p.x), Math.abs(xy.y - p.y));
    if (d < near) { near = d; best = boxes.indexOf(state.box) >= 0 && boxes.length > 1 ? boxes[(boxes.indexOf(state.box) + 1) % boxes.length] : boxes[0]; }
  });
  return best;
}
function paintGrid(seen) {
  var c = view.chip, found = occupants(), panel = css("--panel"), cell = css("--cell"), soft = css("--soft"), accent = css("--accent"), ink = css("--ink");
  var active = state.hover >= 0 ? state.hover : state.box, net = network();
  for (var t = 0; t < c.tiles; t += 1) {
    var o = siteXY(t, 0, 0);
    pen.fillStyle = panel; round(o.x - CELL / 2 - 6, o.y - CELL / 2 - 6, (c.columns + 1) * CELL + 12, (c.rows + 1) * CELL + 12, 8); pen.fill();
    pen.fillStyle = soft; pen.font = "600 11px system-ui, sans-serif"; pen.fillText("tile " + t, o.x - CELL / 2, o.y - CELL / 2 - 9);
    for (var r = 0; r < c.rows; r += 1) for (var k = 0; k < c.columns; k += 1) if (!found.has(t + ":" + r + ":" + k)) site(t, r, k, (r + k) % 2 === 0 ? "compute" : "memory", cell, seen);
    c.agcus.forEach(function (a) { if (!found.has(t + ":" + a[0] + ":" + a[1])) site(t, a[0], a[1], "agcu", cell, seen); });
  }
  if (state.routes) { pen.strokeStyle = soft; pen.globalAlpha = 0.16; pen.lineWidth = 1; pen.beginPath(); net.edges.forEach(route); pen.stroke(); pen.globalAlpha = 1; }
  found.forEach(function (boxes, key) {
    var s = key.split(":").map(Number), box = net.boxes[boxes[0]], lit = boxes.some(function (i) { return hits.has(i); });
    var shape = box.kind === "compute" ? "compute" : box.kind === "memory" ? "memory" : "agcu";
    pen.globalAlpha = filtering() && !lit ? 0.15 : 1;
    var shown = boxes.filter(function (i) { return hits.has(i); })[0];
    site(s[0], s[1], s[2], shape, colourOf(net.boxes[shown === undefined ? boxes[0] : shown]), seen, boxes.indexOf(state.box) >= 0 ? accent : boxes.indexOf(active) >= 0 ? ink : undefined);
    if (boxes.length > 1 && eye.scale > 0.7) { var xy = siteXY(s[0], s[1], s[2]); pen.fillStyle = ink; pen.font = "9px system-ui, sans-serif"; pen.textAlign = "center"; pen.fillText(String(boxes.length), xy.x, xy.y + 3); pen.textAlign = "left"; }
  });
  pen.globalAlpha = 1;
  if (active >= 0) {
    pen.lineWidth = 2.5; pen.lineCap = "round";
    [[css("--mark"), function (e) { return e.to.indexOf(active) >= 0; }], [accent, function (e) { return e.from === active; }]].forEach(function (pair) {
      pen.strokeStyle = pair[0]; pen.beginPath(); net.edges.filter(pair[1]).forEach(function (e) { route(e); [e.from].concat(e.to).forEach(attach); }); pen.stroke();
    });
  }
}
/** A switch is at the top left corner of the unit with its row and column. */
function switchXY(tile, row, column) { var p = siteXY(tile, row, column); return { x: p.x - CELL / 2, y: p.y - CELL / 2 }; }
function attach(i) { (network().boxes[i].sites || []).forEach(function (s) { var a = switchXY(s[0], s[1], s[2]), b = siteXY(s[0], s[1], s[2]); pen.moveTo(a.x, a.y); pen.lineTo(b.x, b.y); }); }
function route(edge) {
  var r = edge.route;
  if (!r) return;
  for (var i = 0; i < r.length; i += 6) { var a = switchXY(r[i], r[i + 1], r[i + 2]), b = switchXY(r[i + 3], r[i + 4], r[i + 5]); pen.moveTo(a.x, a.y); pen.lineTo(b.x, b.y); }
}
function site(tile, row, column, kind, fill, seen, outline) {
  var p = siteXY(tile, row, column), h = CELL / 2 - 2;
  if (p.x + h < seen.left || p.x - h > seen.right || p.y + h < seen.top || p.y - h > seen.bottom) return;
  if (kind === "compute") round(p.x - h, p.y - h, 2 * h, 2 * h, 3);
  else if (kind === "memory") { pen.beginPath(); pen.arc(p.x, p.y, h - 0.5, 0, 7); }
  else { pen.beginPath(); pen.moveTo(p.x, p.y - h); pen.lineTo(p.x + h, p.y); pen.lineTo(p.x, p.y + h); pen.lineTo(p.x - h, p.y); pen.closePath(); }
  pen.fillStyle = fill; pen.fill();
  if (outline) { pen.strokeStyle = outline; pen.lineWidth = 3; pen.stroke(); }
}
`;
