/** The canvas: what is seen of the drawing, the mouse, and networks of boxes and edges. */
export const NETWORK_SCRIPT = String.raw`
var eye = { x: 0, y: 0, scale: 1 }, BOX_W = 190, BOX_H = 44, queued = false;
function size() {
  var ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  canvas.width = Math.max(1, Math.round(box.width * ratio)); canvas.height = Math.max(1, Math.round(box.height * ratio));
  return { w: box.width, h: box.height, ratio: ratio };
}
function fit() {
  var s = size();
  if (state.tab === "grid") arrange(s);
  var b = state.tab === "grid" ? gridBounds() : networkBounds();
  var w = b[2] - b[0] || 1, h = b[3] - b[1] || 1;
  var whole = Math.min((s.w - 40) / w, (s.h - 80) / h, 1.6);
  // A long chain fitted whole would be dust: then its beginning is shown at a size that can be read.
  eye.scale = state.tab === "network" ? Math.max(whole, Math.min(0.75, Math.max((s.h - 80) / h, 0.42))) : whole;
  eye.x = eye.scale > whole ? 30 - b[0] * eye.scale : s.w / 2 - (b[0] + w / 2) * eye.scale;
  // Tiles that are not in use follow below, so the used ones stand at the top.
  eye.y = state.tab === "grid" ? 54 - b[1] * eye.scale : s.h / 2 + 16 - (b[1] + h / 2) * eye.scale;
}
function networkBounds() {
  var b = [0, 0, 1, 1];
  network().boxes.forEach(function (box, i) {
    if (i === 0) b = [box.x, box.y, box.x, box.y];
    b = [Math.min(b[0], box.x), Math.min(b[1], box.y), Math.max(b[2], box.x), Math.max(b[3], box.y)];
  });
  return [b[0] - BOX_W / 2, b[1] - BOX_H / 2, b[2] + BOX_W / 2, b[3] + BOX_H / 2];
}
function reveal(i) {
  var s = size(), p = state.tab === "grid" ? gridPlace(i) : network().boxes[i];
  if (!p) return;
  var x = p.x * eye.scale + eye.x, y = p.y * eye.scale + eye.y;
  if (state.tab === "network" && eye.scale < 0.5) eye.scale = 0.8;
  else if (x > 60 && x < s.w - 60 && y > 60 && y < s.h - 60) return;
  eye.x = s.w / 2 - p.x * eye.scale; eye.y = s.h / 2 - p.y * eye.scale;
}
function draw() { if (queued) return; queued = true; requestAnimationFrame(function () { queued = false; paint(); }); }
function paint() {
  if (state.tab !== "network" && state.tab !== "grid") return;
  var s = size();
  pen.setTransform(1, 0, 0, 1, 0, 0); pen.fillStyle = css("--bg"); pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(s.ratio * eye.scale, 0, 0, s.ratio * eye.scale, s.ratio * eye.x, s.ratio * eye.y);
  var seen = { left: -eye.x / eye.scale, top: -eye.y / eye.scale, right: (s.w - eye.x) / eye.scale, bottom: (s.h - eye.y) / eye.scale };
  if (state.tab === "grid") paintGrid(seen); else paintNetwork(seen);
}
function touches(edge, i) { return i >= 0 && (edge.from === i || edge.to.indexOf(i) >= 0); }
function paintNetwork(seen) {
  var net = network(), active = state.hover >= 0 ? state.hover : state.box;
  var ink = css("--ink"), soft = css("--soft"), accent = css("--accent"), panel = css("--panel");
  var strong = [];
  pen.lineWidth = Math.max(1, 0.8 / eye.scale); pen.strokeStyle = soft; pen.globalAlpha = net.edges.length > 1500 ? 0.22 : 0.38;
  pen.beginPath();
  net.edges.forEach(function (edge) {
    if (touches(edge, active)) { strong.push(edge); return; }
    curves(net, edge, seen);
  });
  pen.stroke();
  pen.globalAlpha = 1; pen.strokeStyle = accent; pen.lineWidth = Math.max(2, 1.6 / eye.scale); pen.beginPath();
  strong.forEach(function (edge) { curves(net, edge); }); pen.stroke();
  var text = eye.scale > 0.32;
  net.boxes.forEach(function (box, i) {
    var x = box.x - BOX_W / 2, y = box.y - BOX_H / 2;
    if (x > seen.right || x + BOX_W < seen.left || y > seen.bottom || y + BOX_H < seen.top) return;
    var dim = filtering() && !hits.has(i);
    pen.globalAlpha = dim ? 0.18 : 1;
    pen.fillStyle = panel; round(x, y, BOX_W, BOX_H, box.kind === "memory" || box.kind === "move" ? 3 : 9); pen.fill();
    pen.fillStyle = colourOf(box, text ? 0.2 : 0.85); pen.fill();
    pen.lineWidth = i === state.box ? 3 : 1.2; pen.strokeStyle = i === state.box ? accent : colourOf(box); pen.stroke();
    if (text) {
      pen.fillStyle = colourOf(box); round(x + 8, y + 9, 9, 9, 3); pen.fill();
      pen.fillStyle = ink; pen.font = "600 12px system-ui, sans-serif"; pen.fillText(clip(box.name, BOX_W - 32), x + 23, y + 18);
      pen.fillStyle = soft; pen.font = "11px system-ui, sans-serif"; pen.fillText(clip(box.kind + "  " + box.does, BOX_W - 18), x + 9, y + 35);
    }
  });
  pen.globalAlpha = 1;
}
function curves(net, edge, seen) {
  var from = net.boxes[edge.from];
  edge.to.forEach(function (t) {
    var to = net.boxes[t], x1 = from.x + BOX_W / 2, x2 = to.x - BOX_W / 2, bend = Math.max(20, (x2 - x1) / 2);
    if (seen && (Math.max(x1, x2) < seen.left || Math.min(x1, x2) > seen.right || Math.max(from.y, to.y) < seen.top || Math.min(from.y, to.y) > seen.bottom)) return;
    pen.moveTo(x1, from.y); pen.bezierCurveTo(x1 + bend, from.y, x2 - bend, to.y, x2, to.y);
  });
}
function round(x, y, w, h, r) { pen.beginPath(); pen.moveTo(x + r, y); pen.arcTo(x + w, y, x + w, y + h, r); pen.arcTo(x + w, y + h, x, y + h, r); pen.arcTo(x, y + h, x, y, r); pen.arcTo(x, y, x + w, y, r); pen.closePath(); }
/** The end of a name tells units apart: the middle goes. */
function clip(text, width) {
  if (pen.measureText(text).width <= width) return text;
  var keep = Math.max(4, Math.floor(text.length * width / pen.measureText(text).width) - 1), head = Math.ceil(keep * 0.45);
  return text.slice(0, head) + "\u2026" + text.slice(text.length - (keep - head));
}
function at(event) { var b = canvas.getBoundingClientRect(); return { px: event.clientX - b.left, py: event.clientY - b.top, x: (event.clientX - b.left - eye.x) / eye.scale, y: (event.clientY - b.top - eye.y) / eye.scale }; }
function boxAt(p) {
  if (state.tab === "grid") return gridBoxAt(p);
  var boxes = network().boxes;
  for (var i = boxes.length - 1; i >= 0; i -= 1) if (Math.abs(boxes[i].x - p.x) <= BOX_W / 2 && Math.abs(boxes[i].y - p.y) <= BOX_H / 2) return i;
  return -1;
}
function tip(p, i) {
  var t = byId("tip"), box = network().boxes[i];
  if (!box) { t.style.display = "none"; return; }
  t.textContent = box.name + "\n" + box.kind + ", " + box.does + (box.busy === undefined ? "" : "\nbusy " + grouped(box.busy) + " cycles") + (box.origin.length ? "\nfrom " + box.origin.slice(0, 5).map(function (o) { return view.origins[o]; }).join(", ") + (box.origin.length > 5 ? ", ..." : "") : "");
  t.style.display = "block";
  var s = byId("stage").getBoundingClientRect();
  t.style.left = Math.min(p.px + 14, s.width - t.offsetWidth - 8) + "px"; t.style.top = Math.min(p.py + 16, s.height - t.offsetHeight - 8) + "px";
}
function start() {
  document.title = view.title + " (" + view.kind + ")";
  byId("title").textContent = view.title; byId("title").append(make("span", "", view.kind));
  byId("summary").textContent = view.summary + (view.chip ? ", on " + view.chip.name : "");
  var drag = null;
  canvas.addEventListener("pointerdown", function (e) { drag = { x: e.clientX, y: e.clientY, ex: eye.x, ey: eye.y, moved: false }; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointermove", function (e) {
    if (drag) {
      if (Math.abs(e.clientX - drag.x) + Math.abs(e.clientY - drag.y) > 4) { drag.moved = true; canvas.classList.add("drag"); }
      if (drag.moved) { eye.x = drag.ex + e.clientX - drag.x; eye.y = drag.ey + e.clientY - drag.y; tip({}, -1); draw(); }
      return;
    }
    var p = at(e), found = boxAt(p);
    tip(p, found);
    if (found !== state.hover) { state.hover = found; draw(); }
  });
  canvas.addEventListener("pointerup", function (e) { var was = drag; drag = null; canvas.classList.remove("drag"); if (was && !was.moved) { state.box = boxAt(at(e)); refresh(); } });
  canvas.addEventListener("pointerleave", function () { state.hover = -1; tip({}, -1); draw(); });
  canvas.addEventListener("wheel", function (e) {
    e.preventDefault();
    var p = at(e), next = Math.min(6, Math.max(0.03, eye.scale * Math.exp(-e.deltaY * 0.0015)));
    eye.x = p.px - p.x * next; eye.y = p.py - p.y * next; eye.scale = next; draw();
  }, { passive: false });
  byId("search").addEventListener("input", function (e) { state.query = e.target.value.trim().toLowerCase(); refresh(); });
  document.addEventListener("keydown", function (e) {
    if (e.target === byId("search")) { if (e.key === "Escape") { e.target.value = ""; state.query = ""; e.target.blur(); refresh(); } return; }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "/") { e.preventDefault(); byId("search").focus(); }
    else if (e.key === "f" || e.key === "F") { fit(); draw(); }
    else if (e.key === "Escape") { state.box = -1; state.origin = -1; refresh(); }
    else if (TABS[Number(e.key) - 1]) go(TABS[Number(e.key) - 1][0]);
  });
  window.addEventListener("resize", draw);
  var wanted = location.hash.slice(1).split("/");
  if (view.networks[Number(wanted[1])]) state.network = Number(wanted[1]);
  if (wanted[2] && network().boxes[Number(wanted[2])]) state.box = Number(wanted[2]);
  if (wanted[3]) { try { state.query = decodeURIComponent(wanted[3]).toLowerCase(); } catch (e) { state.query = ""; } byId("search").value = state.query; }
  go(TABS.some(function (t) { return t[0] === wanted[0]; }) ? wanted[0] : "network");
  if (state.box >= 0) { reveal(state.box); draw(); }
}
`;
