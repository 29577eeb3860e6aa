#pragma once
// Style and script of the report page.

#include <string_view>

namespace causal::render {

inline constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--panel:#f6f8fa;--ink:#1d2329;--soft:#59646e;--line:#dce1e6;--link:#0072b2;
--ok:#00694e;--warn:#a84300;--on-badge:#fff;--f1:#0072b2;--f2:#b35900;--f3:#7d3f6b;--f4:#00694e;--f5:#8a6d00;--f6:#59646e}
@media (prefers-color-scheme:dark){:root{--bg:#14181c;--panel:#1b2026;--ink:#e6e9ec;--soft:#9aa5b0;--line:#313942;
--link:#56b4e9;--ok:#2fc496;--warn:#f0a04b;--on-badge:#101418;
--f1:#56b4e9;--f2:#f0a04b;--f3:#e39ac4;--f4:#2fc496;--f5:#f0e442;--f6:#9aa5b0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.2rem 1.4rem 4rem;max-width:68rem;background:var(--bg);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0 .7rem 0 0;overflow-wrap:anywhere}
h2{font-size:1.12rem;margin:2.4rem 0 .7rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.8rem 0 .4rem}
p{margin:.5rem 0;max-width:52rem}
.top{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem 0}
.badge{font-size:.8rem;font-weight:600;padding:.12rem .65rem;border-radius:1rem;background:var(--ok);
color:var(--on-badge);white-space:nowrap}
.badge.partial{background:var(--warn)}
.question{font-size:1.06rem;color:var(--soft);margin:.45rem 0 1.1rem}
.soft,.none{color:var(--soft)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.6rem,1fr));gap:.8rem 1.2rem;margin:0;padding:1rem 1.1rem;
background:var(--panel);border-radius:10px}
.facts div{min-width:0}.facts .wide{grid-column:1/-1}
dt{font-size:.76rem;color:var(--soft);letter-spacing:.02em}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:.1rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
figure{margin:0}figcaption{margin:1rem 0 .5rem;font-weight:600;font-size:.92rem}
.frame{overflow:auto;border:1px solid var(--line);border-radius:10px;max-height:90vh;text-align:center}
.frame svg{display:block;margin:0 auto}
.frame.wide{margin-inline:calc(50% - min(50vw - 1.2rem,50rem))}.frame.fits{max-height:none}.frame.fits svg{max-width:100%;height:auto}
.legend{display:grid;grid-template-columns:max-content 1fr;gap:.35rem .9rem;align-items:center;margin:0;padding:0}
.legend dt,.legend dd{font-size:.92rem;letter-spacing:0;color:var(--ink)}.legend svg{display:block}
.wrap{overflow-x:auto}
.force{margin:1.1rem 0 1.6rem}.force svg{display:block;max-width:100%;min-width:34rem;height:auto}
.cf{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
.cf text{fill:var(--ink)}.cf .name{fill:var(--soft)}.cf .axis{stroke:var(--soft);stroke-width:1}
.cf .zero{stroke:var(--line);stroke-width:1}.cf .ci{stroke:var(--f1);stroke-width:1.8}
.cf .f1{stroke:var(--f1);stroke-width:2.2}.cf .f2{stroke:var(--f2);stroke-width:1.3;stroke-dasharray:7 3}
.cf .f3{stroke:var(--f3);stroke-width:1.3;stroke-dasharray:2 3}.cf path{fill:none;stroke-linejoin:round}
.cf .f4{stroke:var(--f4);stroke-width:1.6}.cf .f5{stroke:var(--f5);stroke-width:1.6;stroke-dasharray:10 2 2 2}
.cf .f6{stroke:var(--f6);stroke-width:1.6;stroke-dasharray:4 2}.cf path.band{stroke:none;opacity:.13}
.cf .b1{fill:var(--f1)}.cf .b2{fill:var(--f2)}.cf .b3{fill:var(--f3)}.cf .b4{fill:var(--f4)}.cf .b5{fill:var(--f5)}.cf .b6{fill:var(--f6)}
.cf rect.f1,.cf .f1.dot{fill:var(--f1);stroke:none}.cf circle.f2{fill:var(--bg);stroke-dasharray:none}
.cf path.f3[d$=Z]{fill:var(--bg);stroke-dasharray:none}
.cf line.change{stroke:var(--ink);stroke-width:1.1;stroke-dasharray:4 3}.cf path.change{fill:var(--ink)}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;font-weight:600;font-size:.82rem;color:var(--soft);white-space:nowrap}
th,td{padding:.34rem .7rem .34rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td{font-variant-numeric:tabular-nums}.num{text-align:right;padding-right:1.3rem;white-space:nowrap}.key{white-space:nowrap}.mid{text-align:center}
table.sortable.live th{cursor:pointer}table.sortable.live th:hover{color:var(--ink)}
th[aria-sort=ascending]::after{content:" ▲"}th[aria-sort=descending]::after{content:" ▼"}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
summary{cursor:pointer;color:var(--link);margin:.4rem 0}
.warnings li{margin:.3rem 0}.warnings{padding-left:1.2rem}
.yes{color:var(--ok);font-weight:600;white-space:nowrap}.no{color:var(--soft);white-space:nowrap}
footer{margin-top:3rem;font-size:.82rem;color:var(--soft)}
@media print{:root{--bg:#fff;--panel:#f6f8fa;--ink:#000;--soft:#444;--line:#bbb;--ok:#00694e;--warn:#a84300;
--on-badge:#fff;--f1:#0072b2;--f2:#b35900;--f3:#7d3f6b;--f4:#00694e;--f5:#8a6d00;--f6:#59646e}
body{padding:0;max-width:none;font-size:10.5pt}.frame,.frame.wide{border:0;max-height:none;overflow:visible;margin:0}
.frame svg{max-width:100%;height:auto;max-height:22cm}.force svg{max-height:none;min-width:0}.badge{border:1px solid #000;color:#000;background:none}
h2{break-after:avoid}tr,figure,.legend{break-inside:avoid}summary{color:inherit}}
)css";

/// Sorts a table by the column clicked (numbers by data-v, missing ones last) and opens everything for printing.
inline constexpr std::string_view kPageScript = R"js(
for (const table of document.querySelectorAll("table.sortable")) {
  table.classList.add("live");
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const sortBy = column => {
    const down = heads[column].getAttribute("aria-sort") === "ascending";
    heads.forEach(head => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
    const compare = (a, b) => {
      const x = key(a), y = key(b);
      if (x === "" || y === "") return (x === "") - (y === "");
      const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return down ? -order : order;
    };
    body.append(...[...body.rows].sort(compare));
  };
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    head.title = "Sort by this column";
    head.onclick = () => sortBy(column);
    head.onkeydown = event => { if (event.key === "Enter") sortBy(column); };
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => { d.open = true; }));
)js";

}  // namespace causal::render
