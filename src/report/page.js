"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  const root = document.documentElement;

  // Colours: as the system, light, dark. Where nothing can be kept, the choice lasts as long as the page.
  const themes = ["auto", "light", "dark"];
  const theme = byId("theme");
  const kept = (write) => {
    try {
      if (write === undefined) return localStorage.getItem("demarche-theme") || "auto";
      localStorage.setItem("demarche-theme", write);
    } catch (_) { /* a page from a file may have no storage */ }
    return "auto";
  };
  const paint = (name) => {
    if (name === "auto") delete root.dataset.theme; else root.dataset.theme = name;
    theme.textContent = { auto: "◐ auto", light: "☀ light", dark: "☾ dark" }[name];
    theme.setAttribute("aria-label", "Colours: " + (name === "auto" ? "as the system" : name));
  };
  let painted = themes.includes(kept()) ? kept() : "auto";
  paint(painted);
  theme.hidden = false;
  theme.addEventListener("click", () => {
    painted = themes[(themes.indexOf(painted) + 1) % themes.length];
    paint(painted);
    kept(painted);
  });

  // Case, and the dot and its absence on Turkish i, do not matter to a search.
  const plain = (text) => text.normalize("NFD").toLowerCase().replace(/\u0307/g, "").replace(/ı/g, "i").normalize("NFC");
  const articles = Array.from(byId("list").children, (node) => ({
    node,
    details: node.querySelector("details"),
    hits: node.querySelector(".hits"),
    title: plain(node.querySelector(".headline").textContent),
    source: node.dataset.source,
    date: node.dataset.date,
    paragraphs: Array.from(node.querySelectorAll("section.p"), (p) => ({
      node: p,
      tokens: new Set(p.dataset.p ? p.dataset.p.split(" ") : []),
      text: plain(p.querySelector(".words").textContent),
    })),
  }));
  const counts = Array.from(form.querySelectorAll("[data-count]"));
  const controls = Array.from(form.elements).filter((control) => control.name);
  const own = ["q", "source", "from", "to"];
  const total = articles.reduce((sum, a) => sum + a.paragraphs.length, 0);

  const asked = () => {
    const wanted = { tokens: [] };
    for (const control of controls) {
      const value = control.type === "checkbox" ? (control.checked ? control.value : "") : control.value.trim();
      if (!value) continue;
      if (own.includes(control.name)) wanted[control.name] = value;
      else wanted.tokens.push(control.name + "=" + value);
    }
    return wanted;
  };

  const some = (n, noun) => n + " " + noun + (n === 1 ? "" : "s");

  const apply = () => {
    const wanted = asked();
    const words = wanted.q ? plain(wanted.q) : "";
    const active = wanted.tokens.length > 0 || Object.keys(wanted).length > 1;
    const narrow = wanted.tokens.length > 0 || words;
    const tally = new Map();
    let shownArticles = 0, shownParagraphs = 0;
    for (const article of articles) {
      const here = (!wanted.source || article.source === wanted.source)
        && (!wanted.from || (article.date && article.date >= wanted.from))
        && (!wanted.to || (article.date && article.date <= wanted.to));
      const titled = words && article.title.includes(words);
      let hits = 0;
      for (const p of article.paragraphs) {
        const hit = here && wanted.tokens.every((token) => p.tokens.has(token))
          && (!words || titled || p.text.includes(words));
        p.node.classList.toggle("miss", active && !hit);
        if (!hit) continue;
        hits += 1;
        for (const token of p.tokens) tally.set(token, (tally.get(token) || 0) + 1);
      }
      article.node.hidden = hits === 0;
      article.hits.textContent = narrow && hits ? " · " + hits + (hits === 1 ? " matches" : " match") : "";
      shownArticles += hits > 0;
      shownParagraphs += hits;
    }
    for (const node of counts) node.textContent = tally.get(node.dataset.count) || 0;
    byId("count").textContent = active
      ? shownArticles + " of " + some(articles.length, "article") + ", " + shownParagraphs + " of " + some(total, "paragraph")
      : some(articles.length, "article") + ", " + some(total, "paragraph");
    byId("reset").disabled = !active;
    return { wanted, shownArticles };
  };

  // The address tells the filters, so that a selection can be kept and sent.
  const write = (wanted) => {
    const query = new URLSearchParams();
    for (const token of wanted.tokens) query.append(...token.split(/=(.*)/s, 2));
    for (const name of own) if (wanted[name]) query.append(name, wanted[name]);
    const hash = query.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };
  const read = () => {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return false;
    const query = new URLSearchParams(hash);
    for (const control of controls) {
      const value = query.get(control.name) || "";
      if (control.type === "checkbox") control.checked = value === control.value;
      else control.value = value;
    }
    return hash !== "";
  };

  let waiting = 0;
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => write(apply().wanted), 80);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("reset").addEventListener("click", () => { form.reset(); write(apply().wanted); byId("q").focus(); });
  const openAll = (open) => articles.forEach((a) => { if (!a.node.hidden) a.details.open = open; });
  byId("open").addEventListener("click", () => openAll(true));
  byId("close").addEventListener("click", () => openAll(false));
  window.addEventListener("hashchange", () => {
    if (!read()) return;
    apply();
    byId("articles").scrollIntoView();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest && event.target.closest("input, select, textarea");
    if (event.key === "Escape" && event.target.id === "q") { event.target.value = ""; changed(); event.target.blur(); return; }
    if (typing) return;
    if (event.key === "/") { event.preventDefault(); byId("q").focus(); return; }
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const shown = articles.filter((a) => !a.node.hidden);
    const at = shown.findIndex((a) => a.node.contains(document.activeElement));
    const next = shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step];
    if (!next) return;
    event.preventDefault();
    next.details.querySelector("summary").focus();
    next.node.scrollIntoView({ block: "nearest" });
  });

  form.hidden = false;
  document.querySelector(".keys").hidden = false;
  const linked = read();
  apply();
  if (linked) byId("articles").scrollIntoView();
})();
