/** State, lists, tables and details of the page. What comes from the view is set as text only. */
export const PAGE_SCRIPT = String.raw`"use strict";
var view = JSON.parse(document.getElementById("view").textContent);
var state = { tab: "network", network: 0, box: -1, origin: -1, query: "", decision: "", colour: "origin", routes: false, hover: -1 };
var byId = function (id) { return document.getElementById(id); };
var canvas = byId("canvas"), pen = canvas.getContext("2d"), LIMIT = 400;
function make(tag, className, text) { var made = document.createElement(tag); if (className) made.className = className; if (text !== undefined) made.textContent = text; return made; }
function grouped(n) { return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ","); }
function bytes(n) { var units = ["B", "KiB", "MiB", "GiB"], k = 0; while (n >= 1024 && k < 3) { n /= 1024; k += 1; } return (k ? n.toFixed(n < 10 ? 2 : 1) : n) + " " + units[k]; }
function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
function network() { return view.networks[state.network] || { name: "", note: "", boxes: [], edges: [] }; }
function hue(n) { return (n * 137.508 + 200) % 360; }
var KIND_HUES = { input: 210, output: 330, load: 190, store: 320, memory: 45, compute: 140, operator: 140, pattern: 140, move: 45, host: 0 };
function colourOf(box, alpha) {
  var a = alpha === undefined ? 1 : alpha;
  if (state.colour === "busy") { var share = Math.min(1, (box.busy || 0) / (network().cycles || 1)); return "hsla(" + (220 - 220 * share) + ",75%," + (70 - 18 * share) + "%," + a + ")"; }
  if (state.colour === "kind" || !box.origin.length) return "hsla(" + KIND_HUES[box.kind] + ",55%,58%," + a + ")";
  return "hsla(" + hue(box.origin[0]) + ",62%,58%," + a + ")";
}
function matches(box) {
  if (state.origin >= 0 && box.origin.indexOf(state.origin) < 0) return false;
  if (!state.query) return true;
  return (box.name + "\n" + box.does + "\n" + box.kind + "\n" + box.origin.map(function (o) { return view.origins[o]; }).join("\n")).toLowerCase().indexOf(state.query) >= 0;
}
function filtering() { return state.query !== "" || state.origin >= 0; }
var hits = new Set();
function refilter() { hits = new Set(); network().boxes.forEach(function (box, i) { if (matches(box)) hits.add(i); }); }
function onActivate(row, act) { row.tabIndex = 0; row.addEventListener("click", act); row.addEventListener("keydown", function (e) { if (e.key === "Enter") act(); }); }

function showNetworks() {
  var list = byId("networks"); list.textContent = "";
  if (view.networks.length > 1) list.append(make("h2", "", view.chip || view.kind !== "graph" ? "sections" : "parts"));
  view.networks.forEach(function (net, i) {
    var row = make("div", "row network" + (i === state.network ? " on" : "")), top = make("div", "top");
    top.append(make("span", "grow", net.name), make("span", "note", net.cycles === undefined ? "" : grouped(net.cycles) + " cycles"));
    var bar = make("div", "bar"); bar.style.width = Math.max(1, 100 * net.share) + "%";
    row.append(top, make("div", "note", net.note), bar);
    row.title = net.note;
    onActivate(row, function () { choose(i, -1); });
    list.append(row);
  });
}
function showList() {
  var list = byId("list"); list.textContent = "";
  var boxes = network().boxes;
  if (filtering()) {
    byId("listTitle").textContent = hits.size + " of " + boxes.length + " match" + (state.origin >= 0 ? " " + view.origins[state.origin] : "");
    var shown = 0;
    if (state.origin >= 0) { var clear = make("div", "row", "\u00d7 every ONNX node"); onActivate(clear, function () { state.origin = -1; refresh(); }); list.append(clear); }
    hits.forEach(function (i) { if (shown++ < LIMIT) list.append(boxRow(i)); });
    if (hits.size > LIMIT) list.append(make("div", "row note", "and " + (hits.size - LIMIT) + " more: type further letters"));
    elsewhere(list);
    return;
  }
  var counts = new Map();
  boxes.forEach(function (box) { box.origin.forEach(function (o) { counts.set(o, (counts.get(o) || 0) + 1); }); });
  byId("listTitle").textContent = counts.size + " ONNX nodes here";
  Array.from(counts).slice(0, LIMIT).forEach(function (entry) {
    var row = make("div", "row"), dot = make("span", "dot"); dot.style.background = "hsl(" + hue(entry[0]) + ",62%,58%)";
    row.append(dot, make("span", "grow", view.origins[entry[0]]), make("span", "note", String(entry[1])));
    row.title = view.origins[entry[0]];
    onActivate(row, function () { state.origin = entry[0]; refresh(); });
    list.append(row);
  });
  if (counts.size > LIMIT) list.append(make("div", "row note", "and " + (counts.size - LIMIT) + " more: search for them"));
}
function elsewhere(list) {
  view.networks.forEach(function (net, i) {
    if (i === state.network) return;
    var n = 0; net.boxes.forEach(function (box) { if (matches(box)) n += 1; });
    if (n === 0) return;
    var row = make("div", "row"); row.append(make("span", "grow", "in " + net.name), make("span", "note", n + " match"));
    onActivate(row, function () { choose(i, -1); });
    list.append(row);
  });
}
function boxRow(i) {
  var box = network().boxes[i], row = make("div", "row" + (i === state.box ? " on" : "")), dot = make("span", "dot");
  dot.style.background = colourOf(box);
  row.append(dot, make("span", "grow", box.name), make("span", "note", box.kind));
  row.title = box.name;
  onActivate(row, function () { choose(state.network, i); });
  return row;
}
function showDetails() {
  var at = byId("details"); at.textContent = "";
  var net = network(), box = net.boxes[state.box];
  if (!box) {
    at.append(make("h3", "", net.name), make("div", "soft", net.note));
    at.append(facts([["boxes", grouped(net.boxes.length)], ["edges", grouped(net.edges.length)], ["cycles", net.cycles === undefined ? undefined : grouped(net.cycles)]]));
    if (net.cycles) {
      at.append(make("h2", "", "busiest"));
      net.boxes.map(function (b, i) { return i; }).sort(function (a, b) { return (net.boxes[b].busy || 0) - (net.boxes[a].busy || 0) || a - b; }).slice(0, 12)
        .forEach(function (i) { var row = boxRow(i); row.lastChild.textContent = Math.round(100 * (net.boxes[i].busy || 0) / net.cycles) + " %"; at.append(row); });
    }
    at.append(make("p", "soft", "Click a box for its text, what feeds it and what it feeds. Drag to move, turn the wheel to zoom, F to fit, Esc to let go."));
    return;
  }
  at.append(make("h3", "", box.name), make("div", "soft", box.kind + ", " + box.does));
  at.append(facts([
    ["sites", box.sites && box.sites.map(function (s) { return s.join(":"); }).join("  ")],
    ["busy", box.busy === undefined ? undefined : grouped(box.busy) + " cycles, " + (net.cycles ? Math.round(100 * box.busy / net.cycles) : 0) + " %"],
    ["waits on", box.waits || undefined]
  ]));
  if (box.origin.length) at.append(make("h2", "", "from the ONNX nodes"));
  box.origin.forEach(function (o) { var link = make("a", "jump", view.origins[o]); onActivate(link, function () { state.origin = o; refresh(); }); at.append(link); });
  at.append(make("h2", "", "text"), make("pre", "", box.text));
  neighbours(at, "fed by", net.edges.filter(function (e) { return e.to.indexOf(state.box) >= 0; }), function (e) { return [e.from]; });
  neighbours(at, "feeds", net.edges.filter(function (e) { return e.from === state.box; }), function (e) { return e.to; });
}
function neighbours(at, title, edges, ends) {
  if (!edges.length) return;
  at.append(make("h2", "", title));
  edges.slice(0, 60).forEach(function (e) {
    at.append(make("div", "soft", e.label));
    ends(e).slice(0, 60).forEach(function (i) { var link = make("a", "jump", network().boxes[i].name); onActivate(link, function () { choose(state.network, i); }); at.append(link); });
  });
}
function facts(rows) {
  var list = make("dl");
  rows.forEach(function (row) { if (row[1] !== undefined) list.append(make("dt", "", row[0]), make("dd", "", row[1])); });
  return list;
}
function tableOf(heads, rows) {
  var table = make("table"), head = make("tr");
  heads.forEach(function (h) { head.append(make("th", h[1] ? "n" : "", h[0])); });
  table.append(head);
  rows.slice(0, 5000).forEach(function (cells) {
    var row = make("tr");
    cells.forEach(function (cell, i) { row.append(typeof cell === "string" ? make("td", heads[i][1] ? "n" : "", cell) : cell); });
    table.append(row);
  });
  return table;
}
function has(text) { return !state.query || text.toLowerCase().indexOf(state.query) >= 0; }
function showMemory(at) {
  var tiers = new Map();
  view.memory.forEach(function (m) { if (m.alias === undefined) tiers.set(m.tier, (tiers.get(m.tier) || []).concat([m])); });
  tiers.forEach(function (rows, tier) {
    var total = rows.reduce(function (sum, m) { return sum + m.bytes; }, 0), strip = make("div", "tier");
    at.append(make("div", "", tier.toUpperCase() + ": " + bytes(total) + " in " + rows.length + " tensors"));
    rows.slice().sort(function (a, b) { return b.bytes - a.bytes; }).slice(0, 200).forEach(function (m, i) {
      var part = make("i"); part.style.width = (100 * m.bytes / (total || 1)) + "%"; part.style.background = "hsl(" + hue(i) + ",50%,62%)"; part.title = m.name + ", " + bytes(m.bytes); strip.append(part);
    });
    at.append(strip);
  });
  var rows = view.memory.filter(function (m) { return has(m.name + " " + m.role); });
  at.append(tableOf([["tensor"], ["role"], ["type"], ["bytes", 1], ["where"], ["address", 1]], rows.map(function (m) {
    return [m.name, m.role, m.type, grouped(m.bytes), m.alias === undefined ? m.tier : "the bytes of " + m.alias, m.address === undefined ? "" : "0x" + m.address.toString(16)];
  })));
}
function showLedger(at) {
  var counts = new Map(), bar = make("p");
  view.ledger.forEach(function (l) { var key = l.rule + " " + l.verdict; counts.set(key, (counts.get(key) || 0) + 1); });
  counts.forEach(function (n, key) {
    var button = make("button", state.decision === key ? "on" : "", key + " " + grouped(n));
    button.addEventListener("click", function () { state.decision = state.decision === key ? "" : key; refresh(); });
    bar.append(button);
  });
  at.append(bar);
  var rows = view.ledger.filter(function (l) { return (!state.decision || state.decision === l.rule + " " + l.verdict) && has(l.nodes.join(" ") + " " + l.rule + " " + l.verdict + " " + l.reason); });
  at.append(make("p", "soft", rows.length + " of " + view.ledger.length + " decisions" + (rows.length > 5000 ? ", the first 5000 shown" : "")));
  at.append(tableOf([["verdict"], ["rule"], ["reason"], ["ONNX nodes"]], rows.map(function (l) {
    var verdict = make("td"); verdict.append(make("span", "tag " + (/^(taken|refused|cut|host)$/.test(l.verdict) ? l.verdict : ""), l.verdict));
    return [verdict, make("td", "key", l.rule), l.reason, l.nodes.length > 8 ? l.nodes.slice(0, 8).join(", ") + " and " + (l.nodes.length - 8) + " more" : l.nodes.join(", ")];
  })));
}
function showProvenance(at) { at.append(tableOf([["what"], ["value"]], view.provenance.map(function (p) { return [p[0], p[1]]; }))); }

var TABS = [["network", "Dataflow"]];
if (view.chip) TABS.push(["grid", "Placement"]);
if (view.memory.length) TABS.push(["memory", view.chip || view.kind === "flow" ? "Memory" : "Constants"]);
if (view.ledger.length) TABS.push(["ledger", "Fusion ledger"]);
if (view.provenance.length) TABS.push(["provenance", "Provenance"]);
function showTabs() {
  var bar = byId("tabs"); bar.textContent = "";
  TABS.forEach(function (t, i) {
    var button = make("button", state.tab === t[0] ? "on" : "", t[1]); button.title = "key " + (i + 1);
    button.addEventListener("click", function () { go(t[0]); }); bar.append(button);
  });
}
function showTools() {
  var bar = byId("tools"); bar.textContent = "";
  if (state.tab !== "network" && state.tab !== "grid") return;
  var add = function (text, on, act) { var button = make("button", on ? "on" : "", text); button.addEventListener("click", act); bar.append(button); };
  bar.append(make("span", "", "colour by"));
  [["origin", "ONNX node"], ["kind", "kind"]].concat(network().cycles ? [["busy", "busy"]] : []).forEach(function (c) {
    add(c[1], state.colour === c[0], function () { state.colour = c[0]; refresh(); });
  });
  if (state.tab === "grid") add("all routes", state.routes, function () { state.routes = !state.routes; refresh(); });
  add("fit", false, function () { fit(); draw(); });
}
function go(tab) {
  state.tab = tab;
  var drawn = tab === "network" || tab === "grid";
  canvas.style.display = drawn ? "block" : "none"; byId("table").style.display = drawn ? "none" : "block";
  if (drawn) fit();
  refresh();
}
function choose(net, box) {
  var other = net !== state.network;
  state.network = net; state.box = box;
  if (other) { refilter(); fit(); }
  if (box >= 0) reveal(box);
  refresh();
}
function refresh() {
  refilter(); showTabs(); showTools(); showNetworks(); showList(); showDetails();
  var table = byId("table"); table.textContent = "";
  if (state.tab === "memory") showMemory(table);
  if (state.tab === "ledger") showLedger(table);
  if (state.tab === "provenance") showProvenance(table);
  remember();
  draw();
}
/** The address says what is shown, so that it can be passed on. */
function remember() {
  var parts = [state.tab, state.network, state.box >= 0 ? state.box : "", encodeURIComponent(state.query)];
  try { history.replaceState(null, "", "#" + parts.join("/")); } catch (e) { /* a page inside a frame may not change its address */ }
}
`;
