/** Style of the page; dark where the reader's system is. */
export const PAGE_STYLE = `
:root { --bg: #f6f7f9; --panel: #ffffff; --ink: #1c2330; --soft: #667085; --line: #e3e6eb; --accent: #2f6fed; --mark: #ffb020; --cell: #eceff3; --font: ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171c; --panel: #1b1f26; --ink: #e6e9ee; --soft: #98a2b3; --line: #2c323c; --accent: #7aa5ff; --mark: #ffc24d; --cell: #262b34; } }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--bg); color: var(--ink); font: 13px/1.45 var(--font); }
header { display: flex; align-items: center; gap: 24px; padding: 10px 16px; background: var(--panel); border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 16px; font-weight: 650; } h1 span { margin-left: 8px; padding: 1px 7px; border-radius: 9px; background: var(--cell); color: var(--soft); font-size: 11px; font-weight: 500; vertical-align: 1px; }
#summary { margin: 1px 0 0; color: var(--soft); }
nav { display: flex; gap: 4px; margin-left: auto; }
button { font: inherit; color: var(--ink); background: none; border: 1px solid transparent; border-radius: 7px; padding: 4px 10px; cursor: pointer; }
button:hover { background: var(--cell); } button.on { background: var(--accent); color: var(--panel); }
button:focus-visible, input:focus-visible, canvas:focus-visible, .row:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
main { flex: 1; display: grid; grid-template-columns: 260px minmax(0, 1fr) 340px; min-height: 0; }
aside { background: var(--panel); overflow: auto; min-height: 0; } #left { border-right: 1px solid var(--line); padding: 10px; } #right { border-left: 1px solid var(--line); padding: 14px; }
#search { width: 100%; padding: 6px 9px; border: 1px solid var(--line); border-radius: 7px; background: var(--bg); color: var(--ink); font: inherit; margin-bottom: 8px; }
h2 { margin: 14px 4px 4px; font-size: 11px; text-transform: uppercase; letter-spacing: .05em; color: var(--soft); font-weight: 600; }
.row { position: relative; display: flex; align-items: center; gap: 7px; padding: 3px 7px; border-radius: 6px; cursor: pointer; overflow: hidden; }
.row:hover { background: var(--cell); } .row.on { background: var(--cell); box-shadow: inset 3px 0 0 var(--accent); }
.row .grow { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .row .note { color: var(--soft); font-size: 11px; white-space: nowrap; }
.network { display: block; padding-bottom: 7px; } .network .top { display: flex; } .network .bar { height: 3px; margin-top: 3px; border-radius: 2px; background: var(--accent); opacity: .55; }
.dot { flex: none; width: 10px; height: 10px; border-radius: 3px; }
#stage { position: relative; min-width: 0; min-height: 0; overflow: hidden; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; cursor: grab; outline: none; } canvas.drag { cursor: grabbing; }
#tools { position: absolute; z-index: 2; left: 10px; top: 10px; display: flex; gap: 2px; padding: 3px; background: var(--panel); border: 1px solid var(--line); border-radius: 9px; }
#tools:empty { display: none; } #tools span { padding: 4px 6px; color: var(--soft); }
#table { position: absolute; inset: 0; overflow: auto; padding: 14px; display: none; }
#tip { position: absolute; z-index: 3; pointer-events: none; display: none; max-width: 420px; padding: 6px 9px; border-radius: 7px; background: var(--ink); color: var(--bg); font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { position: sticky; top: -14px; background: var(--bg); color: var(--soft); font-weight: 600; } th { white-space: nowrap; } td:first-child { min-width: 70px; } td.key { white-space: nowrap; } td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.tag { display: inline-block; padding: 0 7px; border-radius: 8px; font-size: 11px; background: var(--cell); } .taken { background: #1f9d5533; } .refused { background: #d9770633; } .cut { background: #7c5cff33; } .host { background: #e0315133; }
.tier { display: flex; height: 30px; margin: 2px 0 14px; border-radius: 7px; overflow: hidden; background: var(--cell); } .tier i { display: block; height: 100%; border-right: 1px solid var(--panel); min-width: 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 10px; margin: 8px 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 8px 0; padding: 9px; background: var(--bg); border-radius: 7px; font: 11.5px/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; max-height: 46vh; overflow: auto; }
#details h3 { margin: 0 0 2px; font-size: 14px; overflow-wrap: anywhere; } .soft { color: var(--soft); } a.jump { color: var(--accent); cursor: pointer; display: block; overflow-wrap: anywhere; }
@media (max-width: 1000px) { main { grid-template-columns: 210px minmax(0, 1fr); } #right { display: none; } }
`;
