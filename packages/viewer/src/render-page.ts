import { GRID_SCRIPT } from "./page/grid-script.ts";
import { NETWORK_SCRIPT } from "./page/network-script.ts";
import { PAGE_SCRIPT } from "./page/page-script.ts";
import { PAGE_STYLE } from "./page/page-style.ts";
import type { View } from "./view.ts";

/**
 * The page: markup that does not depend on the view, its data as JSON, and the script that draws it. No byte of it is fetched from elsewhere, and
 * the policy in its head would not let it.
 */
export function renderPage(view: View): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(view.title)}</title>
<style>
${PAGE_STYLE}</style>
</head>
<body>
<header><div><h1 id="title"></h1><p id="summary"></p></div><nav id="tabs" role="tablist"></nav></header>
<main>
<aside id="left"><input id="search" type="search" placeholder="find units, nodes, tensors  ( / )" aria-label="search"><div id="networks"></div><h2 id="listTitle"></h2><div id="list"></div></aside>
<section id="stage"><div id="tools"></div><canvas id="canvas" tabindex="0"></canvas><div id="table"></div><div id="tip"></div></section>
<aside id="right"><div id="details"></div></aside>
</main>
<noscript>This page draws its contents with a script that is part of it; nothing is fetched.</noscript>
<script id="view" type="application/json">${inScript(view)}</script>
<script>
${PAGE_SCRIPT}${NETWORK_SCRIPT}${GRID_SCRIPT}start();
</script>
</body>
</html>
`;
}

/** JSON that cannot end the element around it, nor open a comment in it. */
function inScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
