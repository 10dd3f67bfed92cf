"""The page's one style sheet: light, dark and on paper; wide, and on a phone."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f5f7fa; --ink: #16202c; --soft: #506070; --rule: #d3dae2;
  --good: #0a6b3d; --bad: #b3261e; --wait: #6b5300; --link: #0b5394; --shade: #8a97a5;
  --k0: #0b5394; --k1: #b45309; --k2: #0f766e; --k3: #9d174d; --k4: #5b4bb7; --bar: #2f6fab; --other: #9aa8b7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12171d; --raised: #1b222b; --ink: #e6ebf0; --soft: #a3b1bf; --rule: #35404c;
    --good: #5fd39a; --bad: #ff9a92; --wait: #e6c55c; --link: #7fbcf5; --shade: #5b6a79;
    --k0: #7fbcf5; --k1: #f0a35e; --k2: #4fd1c5; --k3: #f48fb8; --k4: #b3a6ff; --bar: #5b9bd5; --other: #67788a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 48px; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 40px 0 8px; padding-top: 12px; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0 0 12px; max-width: 75ch; }
code { font: 0.85em/1.4 ui-monospace, monospace; }
.note { display: block; color: var(--soft); font-size: 0.875rem; font-weight: normal; }
.decision {
  margin: 16px 0; padding: 12px 16px; max-width: none; background: var(--raised);
  border-left: 6px solid var(--wait); border-radius: 4px;
}
.decision strong { color: var(--wait); font-size: 1.15rem; }
.decision.yes { border-color: var(--good); } .decision.yes strong { color: var(--good); }
.decision.no { border-color: var(--bad); } .decision.no strong { color: var(--bad); }
.good, .bad { display: block; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 4px 0; color: var(--link); }
.scrolls {
  overflow-x: auto; margin: 12px 0;
  background: linear-gradient(90deg, var(--paper) 30%, transparent) 0 0 / 40px 100% no-repeat local,
    linear-gradient(270deg, var(--paper) 30%, transparent) 100% 0 / 40px 100% no-repeat local,
    linear-gradient(90deg, var(--shade), transparent) 0 0 / 12px 100% no-repeat scroll,
    linear-gradient(270deg, var(--shade), transparent) 100% 0 / 12px 100% no-repeat scroll;
}
.scrolls:focus-visible, a:focus-visible, summary:focus-visible { outline: 3px solid var(--k0); outline-offset: 2px; }
table { border-collapse: collapse; min-width: min(100%, 38rem); font-size: 0.9375rem; overflow-wrap: normal; }
table .note { font-size: 0.875em; }
caption { text-align: left; font-weight: 600; padding: 4px 0; }
th, td {
  text-align: left; vertical-align: top; padding: 6px 16px 6px 0; border-bottom: 1px solid var(--rule);
  max-width: 32rem; min-width: 11rem;
}
th { font-weight: 600; } tbody th { overflow-wrap: anywhere; min-width: 8rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; min-width: 0; }
thead .number { white-space: normal; }
details { margin: 12px 0; } summary { cursor: pointer; padding: 6px 0; font-weight: 600; color: var(--link); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 20px 28px; }
.pictures > * { min-width: 0; }
figure { margin: 12px 0; max-width: 480px; }
figcaption { margin-top: 6px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .label { fill: var(--soft); }
svg .figure { font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--rule); }
svg .axis { stroke: var(--soft); }
svg .line { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
svg .ideal { stroke: var(--soft); stroke-width: 1.25; stroke-dasharray: 2 4; }
svg .line.k0 { stroke: var(--k0); }
svg .line.k1 { stroke: var(--k1); stroke-dasharray: 8 3; }
svg .line.k2 { stroke: var(--k2); stroke-dasharray: 2 3; }
svg .line.k3 { stroke: var(--k3); stroke-dasharray: 10 3 2 3; }
svg .line.k4 { stroke: var(--k4); stroke-dasharray: 5 5; }
svg .dot { fill: var(--k0); }
svg .dot.k1 { fill: var(--k1); } svg .dot.k2 { fill: var(--k2); }
svg .dot.k3 { fill: var(--k3); } svg .dot.k4 { fill: var(--k4); }
svg .dot.faint { fill-opacity: 0.55; }
svg .bar { fill: var(--bar); }
svg .bar.other { fill: var(--other); } svg .dot.other { fill: var(--soft); }
svg .band { fill: var(--bar); fill-opacity: 0.3; }
svg .whisker { stroke: var(--ink); stroke-width: 1.5; }
svg .plus { fill: var(--k0); } svg .minus { fill: var(--k1); } svg .empty { fill: var(--raised); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr)); gap: 16px; }
.cards { margin: 16px 0; }
article { min-width: 0; padding: 12px; background: var(--raised); border-radius: 6px; break-inside: avoid; }
article svg { margin: 8px 0; max-width: 300px; }
article svg .empty { fill: var(--paper); }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: minmax(7.5rem, 1fr) minmax(0, 3fr); gap: 0 12px; padding: 3px 0; }
article dl > div { grid-template-columns: 1fr auto; font-size: 0.875rem; }
dt { color: var(--soft); } dd { margin: 0; }
.warnings { padding-left: 20px; } .warnings li { margin-bottom: 8px; max-width: 75ch; }
.do { font-weight: 600; }
@media screen and (max-width: 600px) {
  .scrolls { overflow: visible; background: none; }
  table, caption, tbody, tr, th, td { display: block; max-width: none; min-width: 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  tr { padding: 8px 0; border-bottom: 1px solid var(--rule); }
  th, td, tbody th { padding: 2px 0; border: 0; overflow-wrap: anywhere; min-width: 0; }
  td { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 0 12px; }
  td::before { content: attr(data-label); content: attr(data-label) / ""; color: var(--soft); }
  td:has(> div:empty) { display: none; }
  .number { text-align: left; white-space: normal; }
}
footer { margin-top: 40px; color: var(--soft); font-size: 0.875rem; }
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --raised: #f5f7fa; --ink: #000000; --soft: #444444; --rule: #bbbbbb;
    --good: #0a6b3d; --bad: #b3261e; --wait: #6b5300; --link: #000000; --shade: transparent;
    --k0: #0b5394; --k1: #b45309; --k2: #0f766e; --k3: #9d174d; --k4: #5b4bb7; --bar: #2f6fab; --other: #9aa8b7;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { margin-top: 20px; break-after: avoid; }
  figure, tr, li, .decision { break-inside: avoid; }
  thead { display: table-header-group; }
  .scrolls { overflow: visible; background: none; }
  summary { color: var(--ink); } details::details-content { content-visibility: visible; display: block; }
  .pictures { grid-template-columns: 1fr 1fr; } figure { max-width: 330px; }
  .cards { grid-template-columns: 1fr 1fr 1fr; }
  th, td { padding-right: 8px; min-width: 0; overflow-wrap: anywhere; white-space: normal; }
  tbody th { min-width: 0; } .number { white-space: normal; }
  thead th, .number { overflow-wrap: normal; } table { font-size: 9pt; }
}
@page { margin: 15mm; }
"""
