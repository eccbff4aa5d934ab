/** Style of the page: light, dark and printed on A4, without anything from the network. */
export const STYLES = `
:root { color-scheme: light dark; --text: #1a1d21; --muted: #4d555e; --line: #d5dae0; --page: #ffffff; --panel: #f4f6f8;
  --good: #0b6b3a; --bad: #b3151f; --blue-0: #1c5fb8; --blue-1: #7fb0ea; --green-0: #1f8a4c; --green-1: #8fd3a7; --other: #8a8f98; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --muted: #b3bac2; --line: #3a4149; --page: #15181c; --panel: #1f242a;
  --good: #63d297; --bad: #ff8a8f; --blue-0: #4a8fe8; --blue-1: #2b5288; --green-0: #3fae6d; --green-1: #24613d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .5rem 0; }
ul { margin: .25rem 0; padding-left: 1.4rem; }
.outcome { padding: 1rem 1.25rem; border-left: .5rem solid var(--good); background: var(--panel); }
.outcome.failed { border-color: var(--bad); }
.outcome.noisy { border-color: var(--muted); }
.table, .chart { overflow-x: auto; }
.table { margin: .75rem 0; }
:focus-visible { outline: 3px solid var(--blue-0); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
.pair { width: auto; min-width: min(100%, 34rem); }
caption:has(.hidden) { padding: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { color: var(--muted); font-weight: 600; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.figure { white-space: normal; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
figure { margin: .75rem 0; }
svg { max-width: 100%; }
.chart svg { width: 100%; min-width: 44rem; height: auto; display: block; }
svg text { fill: var(--text); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
svg .lane { font-weight: 600; } svg .strong { font-weight: 600; }
svg .tick { fill: var(--muted); font-size: 11px; }
svg .none { fill: var(--good); font-weight: 600; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .step { fill: var(--panel); stroke: var(--muted); stroke-width: 1; }
svg .step-label { font-size: 11px; font-weight: 600; }
svg .failed { fill: var(--bad); }
svg .blue { fill: var(--blue-0); } svg .blue.shade-1 { fill: var(--blue-1); }
svg .green { fill: var(--green-0); } svg .green.shade-1 { fill: var(--green-1); }
svg .other { fill: var(--other); }
svg .latency { fill: none; stroke: var(--text); stroke-linejoin: round; }
svg .latency.p50 { stroke-width: 2; }
svg .latency.p99 { stroke-width: 1.2; stroke-dasharray: 5 3; }
svg .latency.maximum { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 1 3; stroke-linecap: round; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .9rem; }
.legend svg { vertical-align: -2px; }
.signature { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 2.5rem 2rem; margin: 2.5rem 0 1rem; }
.signature div { border-top: 1px solid var(--text); padding-top: .25rem; color: var(--muted); font-size: .9rem; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
@page { size: A4; margin: 14mm; }
@media print { :root { color-scheme: light; --text: #000; --muted: #444; --line: #ccc; --page: #fff; --panel: #f4f6f8; --good: #0b6b3a; --bad: #b3151f;
    --blue-0: #1c5fb8; --blue-1: #7fb0ea; --green-0: #1f8a4c; --green-1: #8fd3a7; }
  body { max-width: none; padding: 0; font-size: 9.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .skip { display: none; } .table, .chart { overflow: visible; } .chart svg { min-width: 0; }
  table { font-size: 8pt; } td { overflow-wrap: anywhere; } h2, h3, caption { break-after: avoid; } tr, figure, #signature, .outcome { break-inside: avoid; } }
`;
