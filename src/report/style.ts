/** @file The style of every page: one column of figures on a phone, two on a laptop; light, dark and print. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f7; --ink: #1b1f24; --muted: #5c6570; --line: #e2e5e9; --accent: #0072b2;
  --accent-soft: 0 114 178; --wrong-soft: 213 94 0; --warn: #fff6e0; --warn-line: #e0a100;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #cc79a7;
  --series-5: #b8860b; --series-6: #1b1f24; --series-7: #6a51a3; --series-8: #7f7f7f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #1d2126; --ink: #e7eaee; --muted: #9aa4b0; --line: #2d333b; --accent: #56b4e9;
    --accent-soft: 86 180 233; --wrong-soft: 240 135 60; --warn: #2b2410; --warn-line: #d9a520;
    --series-1: #56b4e9; --series-2: #f0873c; --series-3: #2fc79a; --series-4: #e6a3c8;
    --series-5: #f0d442; --series-6: #f4f6f8; --series-7: #b3a2e8; --series-8: #a8a8a8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
section { margin-top: 56px; }
h1, h2, h3, p, figure, dl, dd, ul, ol, pre { margin: 0; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 21px; line-height: 1.3; padding-top: 14px; margin-bottom: 16px; border-top: 2px solid var(--ink); }
h2 small, figcaption small { font-weight: 400; font-size: 14px; color: var(--muted); margin-left: 6px; }
h3 { font-size: 15px; margin: 32px 0 8px; }
.pair h3 { margin-top: 0; }
h3 small { font-weight: 400; margin-left: 4px; }
b { font-weight: 600; }
small { font-size: 13px; }
code, pre, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
.path { overflow-wrap: anywhere; }
a { color: var(--accent); }
.note, .absent { color: var(--muted); }
.note { font-size: 14px; }
p.note { margin: 0 0 12px; max-width: 75ch; }
section > p { margin-bottom: 16px; max-width: 75ch; }
ul.note { margin-top: 16px; padding-left: 18px; }
h2 + ul.note { margin-top: 0; }

.kicker { color: var(--muted); font-size: 13px; letter-spacing: .04em; }
.lead { margin-top: 8px; color: var(--muted); max-width: 75ch; overflow-wrap: anywhere; }
.answer { display: grid; gap: 32px 56px; margin-top: 28px; }
.auc .what { font-weight: 600; }
.auc .value { font-size: 76px; line-height: 1.05; font-weight: 650; letter-spacing: -.03em; margin-left: -3px; font-variant-numeric: tabular-nums; }
.auc .interval { margin: 2px 0 10px; }
.auc .meaning { margin-top: 12px; color: var(--muted); font-size: 14px; max-width: 46ch; }
.facts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 24px; align-content: start; }
.facts div { border-top: 1px solid var(--line); padding-top: 8px; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd b { display: block; font-size: 22px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.facts dd small { color: var(--muted); overflow-wrap: anywhere; }

.bar { position: relative; display: block; height: 16px; }
.bar::before { content: ""; position: absolute; inset: 7px 0; height: 2px; background: var(--line); }
.bar i { position: absolute; top: 4px; height: 8px; min-width: 2px; border-radius: 2px; background: rgb(var(--accent-soft) / .45); }
.bar b { position: absolute; top: 1px; width: 3px; height: 14px; margin-left: -1.5px; border-radius: 1.5px; background: var(--accent); }
.ends { display: flex; justify-content: space-between; color: var(--muted); font-weight: 400; }
.auc .bar, .auc .ends { max-width: 380px; }

.warnings { margin-top: 32px; padding: 12px 16px 12px 34px; background: var(--warn); border-left: 4px solid var(--warn-line); border-radius: 4px; }

* + .pair { margin-top: 24px; }
.pair { display: grid; gap: 32px 40px; grid-template-columns: minmax(0, 1fr); }
figure { min-width: 0; display: grid; grid-template-columns: minmax(0, 1fr); align-content: start; }
figure > p.note { margin-top: 8px; }
figcaption { font-weight: 600; }
figcaption::first-letter { text-transform: uppercase; }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; font-family: inherit; }
.chart svg text { font-variant-numeric: tabular-nums; }
.chart .wide { display: none; }
.legend { list-style: none; padding: 0; margin: 4px 0 8px; display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--muted); }
.legend b { color: var(--ink); font-variant-numeric: tabular-nums; }
.legend li { overflow-wrap: anywhere; }
.legend i { display: inline-block; vertical-align: middle; margin: -2px 7px 0 0; width: 18px; border-top: 2.5px solid; }
.legend i.dashed { border-top-style: dashed; border-top-width: 2px; }
.legend i.dot { width: 10px; height: 10px; border: 0; border-radius: 2px; background: currentColor; }
.legend i.ring { width: 11px; height: 11px; border: 2px solid; border-radius: 50%; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 6px 14px 6px 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 400; color: var(--muted); font-size: 13px; vertical-align: bottom; border-bottom-color: var(--muted); }
tbody th { font-weight: 400; overflow-wrap: break-word; min-width: 96px; max-width: 280px; }
h3 small, tbody th small { color: var(--muted); }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.range { color: var(--muted); white-space: nowrap; font-variant-numeric: tabular-nums; font-size: 13px; font-weight: 400; }
.numbers .range { display: block; }
.numbers .range:empty { display: none; }
.roles code { white-space: nowrap; }
.roles { min-width: 180px; }
.kept th, tbody th.n { min-width: 0; }
.index { color: var(--muted); width: 1%; }
.sum th, .sum td { border-bottom: 0; }
.kept th, .kept td { font-weight: 600; }
.wide-bar { width: 22%; min-width: 130px; vertical-align: middle; }
thead .wide-bar .ends { font-size: 12px; }

.compact { max-width: 760px; }
.method { white-space: nowrap; max-width: none; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; }
.runs { display: grid; gap: 24px 32px; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); }
.runs article { border-top: 3px solid; padding-top: 10px; }
.runs h3 { margin: 0 0 6px; }
.runs p + p { margin-top: 6px; }

.confusion { width: auto; border-collapse: separate; border-spacing: 3px; }
.confusion th, .confusion td { border: 0; padding: 8px 6px; text-align: center; vertical-align: middle; }
.confusion thead th, .confusion thead td { vertical-align: bottom; color: var(--muted); font-size: 13px; padding-bottom: 4px; }
.confusion tbody th { text-align: right; padding-right: 10px; position: sticky; left: 0; background: var(--paper); min-width: 0; color: var(--muted); font-size: 13px; }
.confusion th span { display: block; max-width: 120px; overflow-wrap: break-word; }
.confusion thead th span { width: 88px; margin: 0 auto; }
.confusion.large thead th span { width: auto; }
.confusion tbody th span { margin-left: auto; }
.confusion tbody td { min-width: 92px; border-radius: 4px; font-variant-numeric: tabular-nums; background: var(--panel); }
.confusion td b, .confusion td small { display: block; }
.confusion td small { color: var(--muted); font-size: 12px; }
.confusion .right { background: color-mix(in srgb, rgb(var(--accent-soft)) calc(var(--part) * .7), var(--panel)); }
.confusion .wrong { background: color-mix(in srgb, rgb(var(--wrong-soft)) calc(var(--part) * .9 + 6%), var(--panel)); }
.confusion .none { color: var(--muted); }
.confusion .none b { font-weight: 400; }
.confusion .none small { display: none; }
.confusion .right small, .confusion .wrong small { color: inherit; opacity: .8; }

.confusion.large tbody td { min-width: 120px; padding: 16px 8px; }
.confusion.large td b { font-size: 20px; }
.confusion.large tbody td.total { min-width: 64px; }
.words { list-style: none; padding: 0; align-self: center; display: grid; gap: 8px; }
.confusion tbody td.total { background: none; color: var(--muted); min-width: 56px; }

.gallery { list-style: none; padding: 0; display: grid; gap: 20px 16px; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
.gallery li { min-width: 0; font-size: 13px; line-height: 1.4; }
.thumbnail { aspect-ratio: 1; background: var(--panel); border-radius: 4px; overflow: hidden; display: grid; place-items: center; margin-bottom: 6px; }
.thumbnail img { width: 100%; height: 100%; object-fit: contain; display: block; }
.gallery .path { color: var(--muted); font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.gallery p { overflow-wrap: anywhere; }
.mistake { color: var(--series-2); }

details { margin-top: 20px; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
details[open] summary { margin-bottom: 8px; }
pre { background: var(--panel); border-radius: 4px; padding: 12px 14px; overflow-x: auto; line-height: 1.5; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
.plain { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 20px; font-size: 14px; }
.plain dt { color: var(--muted); }
.plain dd { overflow-wrap: anywhere; }
footer { margin-top: 56px; color: var(--muted); font-size: 13px; }

@media (min-width: 560px) {
  .numbers .range, .numbers .range:empty { display: inline-block; width: 92px; margin-left: 10px; text-align: left; }
  .chart .wide { display: block; max-width: 620px; }
  .chart .narrow { display: none; }
  .facts { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
@media (min-width: 900px) {
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .pair > figure { grid-row: span 3; grid-template-rows: subgrid; row-gap: 0; }
  .answer { grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); }
}
@media (max-width: 559px) {
  main { padding: 24px 20px 48px; }
  .auc .value { font-size: 64px; }
  .gallery { grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); }
  .plain { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
}
@media print {
  @page { margin: 14mm; }
  body { font-size: 12px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { padding: 0; max-width: none; }
  section { margin-top: 28px; }
  figure, tr, .gallery li, .facts div, .numbers, .confusion { break-inside: avoid; }
  h2, h3, figcaption, section > p { break-after: avoid; }
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .pair > figure { grid-row: span 3; grid-template-rows: subgrid; row-gap: 0; }
  .pair:has(.confusion) { grid-template-columns: minmax(0, 1fr); }
  .chart .wide { display: none; }
  .chart .narrow { display: block; }
  .numbers .range, .numbers .range:empty { display: block; width: auto; margin: 0; text-align: right; }
  .scroll { overflow: visible; }
  details:not(.printed) { display: none; }
  details.printed::details-content { content-visibility: visible; display: block; height: auto; }
}
`;
