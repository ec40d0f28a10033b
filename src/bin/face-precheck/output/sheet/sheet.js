"use strict";
// The contact sheet: reads the rows that stand in the page as JSON and shows them as cards.
//
// Names and texts in rows come from whoever sent the photos. They are only ever set as text or as the value of an attribute, never as
// markup, and links lead only to where the page itself lies.

const VERDICTS = ["unreadable", "retake", "fixable", "compliant"]; // The worst first.
const SEVERITIES = { error: "Errors", warning: "Warnings", info: "Infos" }; // The worst first.
const SORTS = { run: "Order of the run", name: "Name", verdict: "Verdict, worst first", errors: "Number of errors" };
// The values that come first. Those with limits follow, then the others.
const VALUES = ["face-size", "interpupillary-distance", "head-pose-yaw", "head-pose-pitch", "head-pose-roll"];
const CHUNK = 60; // Cards made at a time.
const BINS = 28; // Bars in a histogram, about: the width of a bar is a round number.

let head = {}; // Of the run, as the page begins.
let tail = null; // Of the run, as the page ends. A run that was killed has none.
let rows = [];
let shown = []; // The rows that pass the filters, in order.
let cardsMade = 0; // How many of them have cards.
let large = -1; // Which of them the large view shows.

const state = {
  verdicts: new Set(),
  rules: new Set(), // "error:face-size", or "face-size" for any severity.
  ranges: new Map(), // [from, below] by the value's name.
  failed: false,
  query: "",
  sort: "run",
  descending: false,
  overlay: true,
};

// ---------------------------------------------------------------- small things

const byId = (id) => document.getElementById(id);
const formatter = new Intl.NumberFormat("en", { maximumFractionDigits: 10 });
const grouped = (number) => formatter.format(number);
const plural = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
const press = (button, pressed) => button.setAttribute("aria-pressed", String(Boolean(pressed)));

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function button(attributes, act, ...children) {
  const made = element("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", act);
  return made;
}

// Its shape tells what it is, too, and not its colour alone.
function icon(kind) {
  return drawn("svg", { class: `icon ${kind}`, "aria-hidden": "true" }, drawn("use", { href: `#icon-${kind}` }));
}

// Line breaks, and marks that turn the direction of what follows ("gpj.exe" for "exe.jpg"), are written out.
function visible(text) {
  const unseen = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  return text.replace(unseen, (mark) => (mark === "\n" ? "\\n" : `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

// A link that stays where the page is, or none: `javascript:` and other places are none.
function localLink(href) {
  try {
    const url = new URL(href, location.href);
    return url.protocol === location.protocol && url.host === location.host ? href : null;
  } catch {
    return null;
  }
}

// ---------------------------------------------------------------- reading

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// A run that was killed may leave half a block at the end. Rows stand on lines of their own, so those before the cut can be had.
function salvaged(text) {
  const [json] = text.split("<"); // JSON has none in it here: it begins a cut end tag.
  return json.replace(/^\s*\[/, "").replace(/\]\s*$/, "").split(",\n").map(parsed).filter(Boolean);
}

function readRows() {
  for (const script of document.querySelectorAll("script.rows")) {
    const text = script.textContent;
    for (const row of parsed(text) ?? salvaged(text)) rows.push(row);
    script.remove(); // Tens of megabytes that nothing needs twice.
  }
  rows.forEach(prepare);
}

function readBlock(name) {
  const script = document.querySelector(`script.${name}`);
  return script ? parsed(script.textContent) : undefined;
}

// Rules with what becomes of them: { key, rule, severity, count, id } by key.
const facets = new Map();

function facet(severity, rule) {
  const key = `${severity}:${rule}`;
  let found = facets.get(key);
  if (!found) facets.set(key, (found = { key, rule, severity, count: 0, id: facets.size }));
  return found;
}

// Adds what filters and sorting ask of every row again and again.
function prepare(row, index) {
  row.index = index;
  row.findings ??= [];
  row.values ??= {};
  row.lower = row.file.toLowerCase();
  row.rules = [];
  row.errors = 0;
  for (const { severity, rule } of row.findings) {
    if (severity === "error") row.errors++;
    const found = facet(severity, rule);
    if (row.rules.includes(found.id)) continue;
    row.rules.push(found.id);
    found.count++;
  }
}

const severalPages = () => (tail?.pages.length ?? head.page ?? 1) > 1;
const runNumber = (row) => (head.first ?? 1) + row.index;

// ---------------------------------------------------------------- names

let separator = "/";
let commonFolder = "";

// All photos of a run tend to lie in one folder: it is said once, and not on every card.
function findCommonFolder() {
  if (!rows.some((row) => row.file.includes("/"))) separator = "\\";
  const folderOf = (file) => file.slice(0, file.lastIndexOf(separator) + 1);
  commonFolder = rows.length ? folderOf(rows[0].file) : "";
  for (const { file } of rows) {
    while (!file.startsWith(commonFolder)) commonFolder = folderOf(commonFolder.slice(0, -1));
  }
}

function nameAndFolder(file) {
  const at = file.lastIndexOf(separator) + 1;
  return { name: visible(file.slice(at)), folder: visible(file.slice(commonFolder.length, at)) };
}

// ---------------------------------------------------------------- the address keeps the state

const RANGE = /^(.+):([^~:]*)~([^~:]*)$/;

function applyHash() {
  const given = new URLSearchParams(location.hash.slice(1));
  const list = (key) => (given.get(key) ?? "").split(",").filter(Boolean);
  state.verdicts = new Set(list("verdict").filter((verdict) => VERDICTS.includes(verdict)));
  state.rules = new Set(list("rule"));
  state.ranges = new Map(given.getAll("range").map((text) => RANGE.exec(text)).filter(Boolean).map(([, name, from, below]) => [
    name, [from === "" ? -Infinity : Number(from), below === "" ? Infinity : Number(below)],
  ]));
  state.failed = given.get("failed") === "1";
  state.query = given.get("q") ?? "";
  state.sort = given.get("sort") ?? "run";
  state.descending = given.get("order") === "desc";
  state.overlay = given.get("overlay") !== "off";
  large = -1;
  render();
  const wanted = given.has("photo") ? shown.findIndex((row) => runNumber(row) === Number(given.get("photo"))) : -1;
  if (wanted >= 0) showLarge(wanted);
  else if (byId("large").open) byId("large").close();
}

function hashOfState() {
  const parts = [];
  // Commas, colons and slashes stay readable.
  const add = (key, value) => parts.push(`${key}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2F/g, "/")}`);
  const bound = (value) => (Number.isFinite(value) ? value : "");
  if (state.verdicts.size) add("verdict", [...state.verdicts].join(","));
  if (state.rules.size) add("rule", [...state.rules].join(","));
  for (const [name, [from, below]] of state.ranges) add("range", `${name}:${bound(from)}~${bound(below)}`);
  if (state.failed) add("failed", "1");
  if (state.query) add("q", state.query);
  if (state.sort !== "run") add("sort", state.sort);
  if (state.descending) add("order", "desc");
  if (!state.overlay) add("overlay", "off");
  if (large >= 0) add("photo", runNumber(shown[large]));
  return `#${parts.join("&")}`;
}

// Clicks can be undone with the browser's own button; letters typed one after the other are one step.
function keepState({ step = true } = {}) {
  const hash = hashOfState();
  if (hash === (location.hash || "#")) return;
  history[step ? "pushState" : "replaceState"](null, "", hash);
}

function change(how, options) {
  how();
  render();
  keepState(options);
}

function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

function clearFilters() {
  change(() => {
    state.verdicts.clear();
    state.rules.clear();
    state.ranges.clear();
    state.failed = false;
    state.query = "";
  });
}

// ---------------------------------------------------------------- filters

const inRange = (value, [from, below]) => value >= from && value < below;

// The rows that pass, and how many each button would leave: those of verdicts and of "failed" do not count themselves.
function select() {
  const query = state.query.toLowerCase();
  const wanted = [...state.rules].map((entry) => [...facets.values()].filter(({ key, rule }) => key === entry || rule === entry).map(({ id }) => id));
  const ranges = [...state.ranges];
  const counts = { verdicts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])), failed: 0, rules: new Uint32Array(facets.size) };
  const passing = [];
  for (const row of rows) {
    if (query && !row.lower.includes(query)) continue;
    if (!wanted.every((ids) => ids.some((id) => row.rules.includes(id)))) continue;
    if (!ranges.every(([name, range]) => inRange(row.values[name], range))) continue;
    const verdictPasses = !state.verdicts.size || state.verdicts.has(row.verdict);
    const failedPasses = !state.failed || !row.passed;
    if (failedPasses) counts.verdicts[row.verdict]++;
    if (verdictPasses && !row.passed) counts.failed++;
    if (!verdictPasses || !failedPasses) continue;
    passing.push(row);
    for (const id of row.rules) counts.rules[id]++;
  }
  return { passing, counts };
}

// ---------------------------------------------------------------- order

let nameRanks = null;

// Names are compared once and for all, as people do: 2 comes before 10.
function nameRank(row) {
  if (!nameRanks) {
    const { compare } = new Intl.Collator("en", { numeric: true });
    nameRanks = new Uint32Array(rows.length);
    [...rows].sort((a, b) => compare(a.file, b.file)).forEach(({ index }, rank) => { nameRanks[index] = rank; });
  }
  return nameRanks[row.index];
}

function sortKey() {
  switch (state.sort) {
    case "run": return (row) => row.index;
    case "name": return nameRank;
    case "verdict": return (row) => VERDICTS.indexOf(row.verdict);
    case "errors": return (row) => row.errors;
    default: return (row) => row.values[state.sort] ?? NaN;
  }
}

function sort(list) {
  const key = sortKey();
  const keys = new Float64Array(rows.length);
  for (const row of list) keys[row.index] = key(row);
  const direction = state.descending ? -1 : 1;
  return list.sort((one, other) => {
    const a = keys[one.index], b = keys[other.index];
    // Photos without the value come last in either order.
    return Number.isNaN(a) - Number.isNaN(b) || direction * (a - b) || one.index - other.index;
  });
}

function sortBy(key) {
  // Most errors first is what one looks for.
  const turned = state.sort === key ? !state.descending : key === "errors";
  change(() => {
    state.sort = key;
    state.descending = turned;
  });
}

// ---------------------------------------------------------------- controls

function makeControls() {
  for (const verdict of [...VERDICTS].reverse()) {
    byId("verdicts").append(filterButton(verdict, verdict, { "data-verdict": verdict }, () => toggle(state.verdicts, verdict)));
  }
  byId("verdicts").append(filterButton(null, "Only failed", { id: "failed", title: "Photos that do not pass under the run's --fail-on" }, () => { state.failed = !state.failed; }));
  for (const severity of Object.keys(SEVERITIES)) makeRules(severity);
  if (severalPages()) document.querySelector("#verdicts legend").append(", on this page");
  byId("sort").append(
    element("optgroup", { label: "Photos" }, ...Object.entries(SORTS).map(([value, title]) => element("option", { value }, title))),
    element("optgroup", { label: "Values" }, ...valueNames().map((name) => element("option", { value: name }, name))),
  );
  byId("histograms").hidden = !valueNames().length;
  showSpread();
}

function makeRules(severity) {
  const some = [...facets.values()].filter((one) => one.severity === severity).sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
  if (!some.length) return;
  const title = element("summary", {}, icon(severity), SEVERITIES[severity], element("span", { class: "count" }, plural(some.length, "rule")));
  const buttons = some.map(({ key, rule }) => filterButton(null, rule, { "data-rule": key }, () => toggle(state.rules, key)));
  const group = element("details", { class: "group rules" }, title, ...buttons);
  group.open = severity !== "info";
  byId("rules").append(group);
}

function filterButton(kind, title, attributes, act) {
  return button({ class: "filter", "aria-pressed": "false", ...attributes }, () => change(act),
    kind && icon(kind), element("span", { class: "filter-name" }, title), element("span", { class: "count" }));
}

function setCount(made, count, pressed) {
  const text = grouped(count);
  if (made.lastChild.textContent !== text) made.lastChild.textContent = text;
  made.style.setProperty("--part", rows.length ? count / rows.length : 0);
  made.classList.toggle("empty", count === 0);
  press(made, pressed);
}

function showControls(counts) {
  for (const made of document.querySelectorAll("[data-verdict]")) {
    setCount(made, counts.verdicts[made.dataset.verdict], state.verdicts.has(made.dataset.verdict));
  }
  setCount(byId("failed"), counts.failed, state.failed);
  for (const made of document.querySelectorAll("[data-rule]")) {
    const { key, rule, id } = facets.get(made.dataset.rule);
    setCount(made, counts.rules[id], state.rules.has(key) || state.rules.has(rule));
  }
  if (byId("search").value !== state.query) byId("search").value = state.query;
  byId("sort").value = state.sort;
  showOrder();
  for (const made of document.querySelectorAll(".overlay-toggle")) press(made, state.overlay);
  document.body.classList.toggle("no-overlay", !state.overlay);
  showChips();
  const page = severalPages() ? " on this page" : "";
  byId("shown").textContent = `${grouped(shown.length)} of ${grouped(rows.length)}${page} shown`;
  byId("copy").hidden = !shown.length || !navigator.clipboard;
  byId("none").hidden = shown.length > 0;
  byId("none").firstChild.textContent = rows.length ? "No photo passes these filters." : "There are no photos on this page.";
  byId("clear-none").hidden = !rows.length;
}

function showOrder() {
  const [arrow, word] = state.descending ? ["\u2193", "Descending"] : ["\u2191", "Ascending"];
  byId("order").replaceChildren(arrow, element("span", {}, ` ${word}`));
  byId("order").setAttribute("aria-label", `Order: ${word.toLowerCase()}`);
}

function showChips() {
  const chips = [
    ...[...state.verdicts].map((verdict) => chip(verdict, () => state.verdicts.delete(verdict))),
    ...(state.failed ? [chip("only failed", () => { state.failed = false; })] : []),
    ...[...state.rules].map((rule) => chip(rule.replace(":", " "), () => state.rules.delete(rule))),
    ...[...state.ranges].map(([name, range]) => chip(`${name} ${rangeText(range)}`, () => state.ranges.delete(name))),
    ...(state.query ? [chip(`name has \u201c${visible(state.query)}\u201d`, () => { state.query = ""; })] : []),
  ];
  byId("chips").replaceChildren(...chips);
  byId("clear").hidden = !chips.length;
}

function chip(text, remove) {
  const act = () => {
    change(remove);
    // The button is gone: without this the keyboard would be back at the top of the page.
    (byId("chips").querySelector("button") ?? byId("shown")).focus();
  };
  return element("li", {}, button({ class: "chip", "aria-label": `Remove the filter: ${text}` }, act, element("span", {}, text), "\u00d7"));
}

async function copyNames() {
  const copy = byId("copy");
  try {
    await navigator.clipboard.writeText(shown.map((row) => `${row.file}\n`).join(""));
    copy.textContent = `Copied ${plural(shown.length, "name")}`;
  } catch {
    copy.textContent = "The browser did not allow it";
  }
  setTimeout(() => { copy.textContent = "Copy names"; }, 2000);
}

// ---------------------------------------------------------------- cards

function render() {
  const { passing, counts } = select();
  shown = sort(passing);
  cardsMade = 0;
  byId("cards").replaceChildren();
  makeCards();
  showControls(counts);
  backToTheTop();
  drawChartsSoon();
}

// After a filter, what is shown begins at the first card again.
function backToTheTop() {
  const top = document.querySelector("main").offsetTop;
  if (scrollY > top) scrollTo(0, top);
}

function makeCards(until = cardsMade + CHUNK) {
  const fragment = document.createDocumentFragment();
  for (until = Math.min(until, shown.length); cardsMade < until; cardsMade++) fragment.append(card(shown[cardsMade], cardsMade));
  byId("cards").append(fragment);
}

function watchTheEnd() {
  const end = byId("more");
  const observer = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting || cardsMade >= shown.length) return;
    makeCards();
    // An end that is still in sight would not be reported again.
    observer.unobserve(end);
    observer.observe(end);
  }, { rootMargin: "1200px" });
  observer.observe(end);
}

function card(row, index) {
  const { name, folder } = nameAndFolder(row.file);
  const infos = row.findings.filter(({ severity }) => severity === "info");
  const others = row.findings.filter(({ severity }) => severity !== "info");
  return element("article", { class: `card ${row.verdict}`, "data-file": row.file },
    button({ class: "picture", "aria-label": `Show ${name} large` }, () => { showLarge(index); keepState(); }, ...picture(row)),
    element("div", { class: "text" },
      element("p", { class: "spread" }, badge(row), element("span", { class: "faint", title: "Place in the run" }, grouped(runNumber(row)))),
      element("h3", { class: "name", dir: "auto" }, photoLink(row, name)),
      folder ? element("p", { class: "folder faint", dir: "auto", title: visible(row.file) }, folder) : null,
      ...facts(row),
      findingList(others),
      infos.length ? element("details", { class: "infos" }, element("summary", {}, plural(infos.length, "info")), findingList(infos)) : null));
}

function badge(row) {
  return element("span", { class: `badge ${row.verdict}` }, icon(row.verdict), element("span", {}, row.verdict));
}

function photoLink(row, text) {
  const href = row.href === undefined ? null : localLink(row.href);
  return element(href ? "a" : "span", { href, title: visible(row.file), target: href && "_blank", rel: href && "noopener" }, text);
}

function facts(row) {
  return [
    row.about ? element("p", { class: "faint" }, row.about) : null,
    row.upload ? element("p", { class: "faint" }, "Upload: ", element("span", { class: "path", dir: "auto" }, visible(row.upload))) : null,
    row.error ? element("p", { class: "failure" }, visible(row.error)) : null,
  ];
}

function worstFirst(findings) {
  const severities = Object.keys(SEVERITIES);
  return [...findings].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function findingList(findings, thorough = false) {
  if (!findings.length) return null;
  return element("ul", { class: "findings" }, ...worstFirst(findings).map((one) => findingItem(one, thorough)));
}

function findingItem({ rule, severity, text, code, hint, fixable }, thorough) {
  const hinted = hint && (thorough || severity !== "info");
  return element("li", { class: severity },
    icon(severity), element("span", { class: "unseen" }, `${severity}: `),
    element("span", {}, element("b", { title: code }, rule), " ", text ?? "",
      thorough ? element("code", {}, code) : null,
      thorough && fixable ? element("span", { class: "tag", title: "Can be mended without a new photo" }, "fixable") : null,
      hinted ? element("span", { class: "hint", dir: "auto" }, hint) : null));
}

// The picture and what is drawn on it lie on one another, each as large as its place allows with the same proportions.
function picture(row) {
  if (!row.thumb) return [element("span", { class: "no-picture" }, icon(row.verdict), "No picture")];
  const [width, height] = row.size ?? [1, 1];
  const image = element("img", { src: `data:image/jpeg;base64,${row.thumb}`, alt: "", decoding: "async", width, height });
  return row.face && row.size ? [image, overlay(row.face, width, height)] : [image];
}

function overlay(face, width, height) {
  const [x, y, boxWidth, boxHeight] = face.box;
  const marks = outlined("rect", "face", { x, y, width: boxWidth, height: boxHeight });
  (face.axes ?? []).forEach(([x2, y2], index) => {
    const line = { x1: face.origin[0], y1: face.origin[1], x2, y2 };
    marks.push(...outlined("line", ["left", "up", "ahead"][index], line));
    // Who looks into the camera points at it: of that axis little more than the tip is seen.
    if (index === 2) marks.push(drawn("circle", { class: "tip", cx: x2, cy: y2, r: boxWidth / 30 }));
  });
  for (const [cx, cy] of face.eyes) marks.push(...outlined("circle", "eye", { cx, cy, r: boxWidth / 18 }));
  return drawn("svg", { class: "overlay", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...marks);
}

// A dark line below the coloured one, for bright photos.
function outlined(shape, kind, attributes) {
  return [drawn(shape, { class: "halo", ...attributes }), drawn(shape, { class: kind, ...attributes })];
}

// ---------------------------------------------------------------- one photo, large

function showLarge(index) {
  large = index;
  const row = shown[index];
  byId("stage").replaceChildren(...picture(row));
  byId("legend").hidden = !(row.thumb && row.face);
  byId("place").textContent = `${grouped(index + 1)} of ${grouped(shown.length)}`;
  byId("detail").replaceChildren(...detail(row).filter(Boolean));
  byId("detail").scrollTop = 0;
  // Not `disabled`, which would take the keyboard away from a button that was just used.
  byId("previous").setAttribute("aria-disabled", String(index === 0));
  byId("next").setAttribute("aria-disabled", String(index === shown.length - 1));
  if (!byId("large").open) byId("large").showModal();
}

function detail(row) {
  const { name } = nameAndFolder(row.file);
  return [
    badge(row),
    element("h2", { id: "large-name", dir: "auto" }, photoLink(row, name)),
    element("p", { class: "path faint", dir: "auto" }, visible(row.file)),
    ...facts(row),
    element("p", { class: "faint" }, `Photo ${grouped(runNumber(row))} of the run`),
    findingList(row.findings, true) ?? (row.error ? null : element("p", { class: "all-met" }, "Every rule is met.")),
    valueTable(row),
  ];
}

function valueTable(row) {
  const names = valueNames().filter((name) => name in row.values);
  if (!names.length) return null;
  const worst = new Map(worstFirst(row.findings).reverse().map(({ rule, severity }) => [rule, severity]));
  // Of a left and a right value, only the one that is outside of the limits is the cause.
  const blamed = (name) => name === ruleOf(name) || outside(row.values[name], limitsOf(name));
  const lines = names.map((name) => element("tr", { class: blamed(name) ? worst.get(ruleOf(name)) : null },
    element("th", { scope: "row" }, name),
    element("td", { class: "number" }, grouped(row.values[name])),
    element("td", {}, position(name, row.values[name])),
    element("td", { class: "faint" }, limitText(limitsOf(name)))));
  return element("table", { class: "values" },
    element("thead", {}, element("tr", {}, ...["Value", "", "Among all", "Limits"].map((title) => element("th", { scope: "col" }, title)))),
    element("tbody", {}, ...lines));
}

// Where a value lies among those of the page.
function position(name, value) {
  const { edges, limits } = column(name);
  const at = (some) => Math.min(98, Math.max(2, share(edges, some) * 100));
  const ticks = bounds(limits).map((limit) => drawn("line", { class: "limit", x1: at(limit), x2: at(limit), y1: 0, y2: 12 }));
  return drawn("svg", { class: "position", viewBox: "0 0 100 12", "aria-hidden": "true" },
    drawn("line", { class: "track", x1: 0, x2: 100, y1: 6, y2: 6 }), ...ticks, drawn("circle", { cx: at(value), cy: 6, r: 3.5 }));
}

function step(by) {
  const next = large + by;
  if (next < 0 || next >= shown.length) return;
  showLarge(next);
  keepState({ step: false });
}

// Back in the grid, the card of the photo that was seen last is at hand.
function leaveLarge() {
  const index = large;
  large = -1;
  keepState({ step: false });
  if (index < 0 || index >= shown.length) return;
  if (index >= cardsMade) makeCards(index + 1);
  const seen = byId("cards").children[index];
  seen.scrollIntoView({ block: "nearest" });
  seen.querySelector(".picture").focus({ preventScroll: true });
}

// ---------------------------------------------------------------- values and their histograms

// "eyes-open left" is about the rule "eyes-open".
const ruleOf = (name) => name.split(" ")[0];
const limitsOf = (name) => head.limits?.[ruleOf(name)] ?? {};
const bounds = ({ min, max }) => [min, max].filter((limit) => limit !== undefined);

const outside = (value, { min = -Infinity, max = Infinity }) => value < min || value > max;

function limitText({ min, max }) {
  if (min !== undefined && max !== undefined) return `${grouped(min)} to ${grouped(max)}`;
  if (min !== undefined) return `at least ${grouped(min)}`;
  return max === undefined ? "" : `at most ${grouped(max)}`;
}

function rangeText([from, below]) {
  if (from === -Infinity) return `below ${grouped(below)}`;
  return below === Infinity ? `${grouped(from)} or more` : `${grouped(from)} to ${grouped(below)}`;
}

let names = null;

function valueNames() {
  if (!names) {
    const found = new Set();
    for (const row of rows) for (const name in row.values) found.add(name);
    const rank = (name) => (VALUES.includes(name) ? VALUES.indexOf(name) : bounds(limitsOf(name)).length ? 100 : 200);
    names = [...found].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }
  return names;
}

const columns = new Map();

// All of a value on the page: { edges, limits, bins (by row, -1 for none), counts, least, most }.
function column(name) {
  let made = columns.get(name);
  if (made) return made;
  const values = Float64Array.from(rows.map((row) => row.values[name]).filter(Number.isFinite)).sort();
  const limits = limitsOf(name);
  const edges = binEdges(values, bounds(limits));
  const bins = new Int8Array(rows.length).fill(-1);
  const counts = new Uint32Array(edges.length - 1);
  for (const row of rows) {
    const value = row.values[name];
    if (!Number.isFinite(value)) continue;
    bins[row.index] = binOf(edges, value);
    counts[bins[row.index]]++;
  }
  made = { name, edges, limits, bins, counts, least: values[0], most: values[values.length - 1] };
  columns.set(name, made);
  return made;
}

// Without the outermost fiftieth at either end, in round steps, with the limits in sight unless they are far off.
function binEdges(values, limits) {
  const at = (part) => values[Math.round(part * (values.length - 1))];
  let low = at(0.02), high = at(0.98);
  const span = high - low || Math.abs(high) || 1;
  for (const limit of limits) {
    if (limit < low - span || limit > high + span) continue;
    low = Math.min(low, limit);
    high = Math.max(high, limit);
  }
  const width = roundStep((high - low || span) / BINS);
  const first = Math.floor(low / width);
  const last = Math.max(first, Math.floor(high / width));
  // Edges are what they are written as, so that a bar and the filter made of it count the same photos.
  return Array.from({ length: last - first + 2 }, (_, index) => Number(((first + index) * width).toPrecision(10)));
}

function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= least * 0.9999);
}

// Where a value lies between the first edge (0) and the last (1).
function share(edges, value) {
  return (value - edges[0]) / (edges[edges.length - 1] - edges[0]);
}

// What lies beyond the edges is counted in the first and the last bar.
function binOf(edges, value) {
  const last = edges.length - 2;
  let bin = Math.min(last, Math.max(0, Math.floor(share(edges, value) * (last + 1))));
  while (bin > 0 && value < edges[bin]) bin--;
  while (bin < last && value >= edges[bin + 1]) bin++;
  return bin;
}

// What some bars stand for, as a range: the outermost ones are open if values lie beyond them.
function rangeOf({ edges, least, most }, first, last) {
  const end = edges.length - 1;
  return [
    first === 0 && least < edges[0] ? -Infinity : edges[first],
    last === end - 1 && most >= edges[end] ? Infinity : edges[last + 1],
  ];
}

const charts = [];
let chartsTurn = 0;

// Cards are what is waited for. Histograms follow them, a few at a time, and begin anew if another filter comes between.
function drawChartsSoon() {
  if (!byId("histograms").open) return;
  const turn = ++chartsTurn;
  byId("charts").setAttribute("aria-busy", "true");
  requestAnimationFrame(() => setTimeout(() => drawCharts(turn, 0)));
}

function drawCharts(turn, from) {
  if (turn !== chartsTurn) return;
  const count = valueNames().length;
  const pause = performance.now() + 12;
  for (; from < count && performance.now() < pause; from++) drawChart(charts[from] ?? addChart(valueNames()[from]));
  if (from < count) setTimeout(() => drawCharts(turn, from));
  else byId("charts").setAttribute("aria-busy", "false");
}

function addChart(name) {
  const chart = makeChart(column(name));
  charts.push(chart);
  byId("charts").append(chart.whole);
  return chart;
}

function makeChart(of) {
  const { name, edges, limits, counts } = of;
  const bars = edges.length - 1;
  const x = (value) => share(edges, value) * bars;
  const zones = [];
  if (limits.min > edges[0]) zones.push(drawn("rect", { class: "outside", x: 0, y: 0, width: x(limits.min), height: 100 }));
  if (limits.max < edges[bars]) zones.push(drawn("rect", { class: "outside", x: x(limits.max), y: 0, width: bars - x(limits.max), height: 100 }));
  const lines = bounds(limits).filter((limit) => limit >= edges[0] && limit <= edges[bars])
    .map((limit) => drawn("line", { class: "limit", x1: x(limit), x2: x(limit), y1: 0, y2: 100 }));
  const chart = {
    of,
    selection: drawn("rect", { class: "selection", y: 0, height: 100 }),
    cursor: drawn("rect", { class: "cursor", y: 0, width: 1, height: 100 }),
    shown: drawn("path", { class: "of-shown" }),
    numbers: element("p", { class: "numbers" }),
    title: button({ class: "chart-name", title: "Sort by this value" }, () => sortBy(name)),
    at: -1,
    drag: null,
  };
  chart.plot = drawn("svg", {
    class: "plot", viewBox: `0 0 ${bars} 100`, preserveAspectRatio: "none", tabindex: 0, role: "slider",
    "aria-label": `${name}: bars`, "aria-valuemin": 1, "aria-valuemax": bars, "aria-valuenow": 1, "aria-valuetext": "Arrow keys walk over the bars, Enter filters",
  }, ...zones, drawn("path", { class: "of-all", d: barPath(counts) }), chart.shown, chart.selection, chart.cursor, ...lines);
  chart.whole = element("div", { class: "chart", "data-value": name }, chart.title, chart.plot, chart.numbers);
  listenToPlot(chart);
  return chart;
}

function barPath(counts) {
  const highest = Math.max(...counts, 1);
  let path = "";
  counts.forEach((count, index) => {
    const height = Math.max(2.5, (count / highest) * 96); // One photo can be seen, too.
    if (count) path += `M${index + 0.07} 100v${(-height).toFixed(1)}h.86V100z`;
  });
  return path;
}

function drawChart(chart) {
  const { name, bins, counts } = chart.of;
  const found = new Uint32Array(counts.length);
  const values = new Float64Array(shown.length);
  let some = 0;
  for (const row of shown) {
    const bin = bins[row.index];
    if (bin < 0) continue;
    found[bin]++;
    values[some++] = row.values[name];
  }
  chart.counts = found;
  chart.shown.setAttribute("d", barPath(found));
  chart.sorted = values.subarray(0, some).sort();
  const sorted = state.sort === name;
  chart.title.textContent = sorted ? `${name} ${state.descending ? "\u2193" : "\u2191"}` : name;
  press(chart.title, sorted);
  drawSelection(chart);
  drawNumbers(chart);
}

function drawSelection({ of, selection, drag, whole }) {
  const range = drag ? rangeOf(of, ...ends(drag)) : state.ranges.get(of.name);
  whole.classList.toggle("selected", Boolean(range));
  if (!range) return;
  const bars = of.edges.length - 1;
  const [from, to] = range.map((value) => Math.min(bars, Math.max(0, share(of.edges, value) * bars)));
  selection.setAttribute("x", from);
  selection.setAttribute("width", to - from);
}

const ends = ({ from, to }) => [Math.min(from, to), Math.max(from, to)];

// Below the bars: what the bar under the pointer stands for, or else the least, the middle and the greatest value.
function drawNumbers(chart) {
  const { of, counts, sorted, numbers, cursor, whole, plot, at, drag } = chart;
  whole.classList.toggle("pointed", at >= 0);
  const part = (title, value) => element("span", { title }, grouped(value));
  if (at < 0) {
    const middle = sorted[sorted.length >> 1];
    numbers.replaceChildren(...(sorted.length ? [part("least", sorted[0]), part("median", middle), part("greatest", sorted[sorted.length - 1])] : ["none of those shown"]));
    return;
  }
  cursor.setAttribute("x", at);
  const [first, last] = drag ? ends(drag) : [at, at];
  const sum = (list) => list.subarray(first, last + 1).reduce((total, count) => total + count, 0);
  const all = sum(of.counts), now = sum(counts);
  const text = [rangeText(rangeOf(of, first, last)), now === all ? grouped(all) : `${grouped(now)} of ${grouped(all)}`];
  numbers.replaceChildren(...text.map((one) => element("span", {}, one)));
  plot.setAttribute("aria-valuenow", at + 1);
  plot.setAttribute("aria-valuetext", text.join(": "));
}

function listenToPlot(chart) {
  const { plot, of } = chart;
  const last = of.edges.length - 2;
  const pointAt = (bin, drag = chart.drag) => {
    chart.at = bin;
    chart.drag = drag;
    drawSelection(chart);
    drawNumbers(chart);
  };
  const under = (event) => {
    const { left, width } = plot.getBoundingClientRect();
    return Math.min(last, Math.max(0, Math.floor(((event.clientX - left) / width) * (last + 1))));
  };
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    // A finger that moves scrolls; a mouse draws a range, also beyond the bars.
    if (event.pointerType === "mouse") plot.setPointerCapture(event.pointerId);
    pointAt(under(event), { from: under(event), to: under(event) });
  });
  plot.addEventListener("pointermove", (event) => pointAt(under(event), chart.drag && { from: chart.drag.from, to: under(event) }));
  plot.addEventListener("pointerup", () => {
    const drag = chart.drag;
    chart.drag = null;
    if (drag) filterByBars(of, drag);
  });
  plot.addEventListener("pointercancel", () => pointAt(-1, null));
  plot.addEventListener("pointerleave", () => pointAt(-1, null));
  plot.addEventListener("blur", () => pointAt(-1, null));
  plot.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: chart.at - 1, ArrowRight: chart.at + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const bin = Math.min(last, Math.max(0, to));
      pointAt(bin, event.shiftKey ? { from: chart.drag?.from ?? Math.max(0, chart.at), to: bin } : null);
    } else if ((event.key === "Enter" || event.key === " ") && chart.at >= 0) {
      const drag = chart.drag ?? { from: chart.at, to: chart.at };
      chart.drag = null;
      filterByBars(of, drag);
    } else if (event.key === "Escape") {
      pointAt(-1, null);
    } else {
      return;
    }
    event.preventDefault();
  });
}

// A single bar inside the range that is chosen takes the choice back.
function filterByBars(of, drag) {
  const [first, last] = ends(drag);
  const range = rangeOf(of, first, last);
  const chosen = state.ranges.get(of.name);
  const undone = chosen && first === last && range[0] >= chosen[0] && range[1] <= chosen[1];
  change(() => {
    if (undone) state.ranges.delete(of.name);
    else state.ranges.set(of.name, range);
  });
}

function showSpread() {
  const open = byId("charts").classList.contains("spread");
  byId("spread").textContent = open ? "Show one line" : `Show all ${valueNames().length}`;
  byId("spread").setAttribute("aria-expanded", String(open));
}

// ---------------------------------------------------------------- the run

function introduce() {
  const { tool, command, profile } = head;
  const parts = [tool, command, profile && `profile ${profile.name}`].filter(Boolean);
  byId("about").append(parts.join(" \u00b7 "));
  if (profile?.sha256) byId("about").append(" ", element("code", { title: `sha256 ${profile.sha256}` }, profile.sha256.slice(0, 12)));
  if (commonFolder) byId("about").append(" \u00b7 in ", element("span", { class: "path", dir: "auto" }, visible(commonFolder)));
  const total = tail?.photos ?? rows.length;
  document.title = `${severalPages() ? `Page ${head.page}: ` : ""}${plural(total, "photo")}, ${tool ?? "contact sheet"}`;
  showTally(total);
  showNote();
  if (tail && severalPages()) for (const id of ["pages", "pages-below"]) showPages(byId(id));
}

// Counts of the whole run. One that was killed could not say them: then they are the page's.
function showTally(total) {
  const counted = Object.fromEntries(VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]));
  const counts = tail?.counts ?? counted;
  byId("photos").append(element("b", {}, plural(total, "photo")), tail ? "" : " on this page");
  for (const verdict of [...VERDICTS].reverse()) {
    const count = counts[verdict] ?? 0;
    byId("counts").append(element("li", { class: verdict }, icon(verdict), element("b", {}, grouped(count)), ` ${verdict}`));
    const bar = element("i", { class: verdict });
    bar.style.flexGrow = count;
    if (count) byId("meter").append(bar);
  }
}

function showNote() {
  const texts = [];
  if (!tail) texts.push("The run has not finished: it was stopped, or it still goes on. This page has the photos up to there.");
  if (tail?.interrupted) texts.push("The run was interrupted: some photos are missing.");
  if (!document.querySelector("script.head")) texts.push("The page is not whole: what it says about the run is missing.");
  byId("note").textContent = texts.join(" ");
  byId("note").hidden = !texts.length;
}

function showPages(nav) {
  const { pages } = tail;
  const here = (head.page ?? 1) - 1;
  const link = (index, text) => element("a", { href: localLink(pages[index]), "aria-current": index === here ? "page" : null }, text);
  const range = rows.length ? `photos ${grouped(head.first)} to ${grouped(head.first + rows.length - 1)} of the run. ` : "";
  nav.append(
    element("span", {}, here > 0 ? link(here - 1, "\u2190 Previous") : "", " ", ...pages.flatMap((_, index) => [link(index, grouped(index + 1)), " "]),
      here + 1 < pages.length ? link(here + 1, "Next \u2192") : ""),
    element("span", { class: "faint" }, `Page ${here + 1} of ${pages.length}: ${range}Filters, counts and histograms are about this page.`));
  nav.hidden = false;
}

// ---------------------------------------------------------------- start

function listen() {
  const on = (id, event, act) => byId(id).addEventListener(event, act);
  on("search", "input", ({ target }) => change(() => { state.query = target.value; }, { step: false }));
  on("sort", "change", ({ target }) => change(() => {
    state.sort = target.value;
    state.descending = target.value === "errors";
  }));
  on("order", "click", () => change(() => { state.descending = !state.descending; }));
  on("clear", "click", () => {
    clearFilters();
    byId("shown").focus();
  });
  on("clear-none", "click", clearFilters);
  on("copy", "click", copyNames);
  on("skip", "click", () => byId("cards").focus());
  on("histograms", "toggle", drawChartsSoon);
  on("spread", "click", () => {
    byId("charts").classList.toggle("spread");
    showSpread();
  });
  for (const made of document.querySelectorAll(".overlay-toggle")) made.addEventListener("click", toggleOverlay);
  on("previous", "click", () => step(-1));
  on("next", "click", () => step(1));
  on("close", "click", () => byId("large").close());
  on("large", "close", leaveLarge);
  on("large", "click", ({ target }) => { if (target === byId("large")) byId("large").close(); }); // Beside it.
  addEventListener("keydown", onKey);
  addEventListener("hashchange", applyHash);
}

// Cards need not be made anew for it.
function toggleOverlay() {
  state.overlay = !state.overlay;
  for (const made of document.querySelectorAll(".overlay-toggle")) press(made, state.overlay);
  document.body.classList.toggle("no-overlay", !state.overlay);
  keepState({ step: false });
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (byId("large").open) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) {
      step(by);
      event.preventDefault();
    }
  } else if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName)) {
    byId("search").focus();
    event.preventDefault();
  }
}

document.addEventListener("DOMContentLoaded", () => {
  head = readBlock("head") ?? {};
  tail = readBlock("tail") ?? null;
  readRows();
  findCommonFolder();
  makeControls();
  introduce();
  listen();
  applyHash();
  watchTheEnd();
  byId("loading").remove();
  document.body.dataset.ready = "true";
});
