"use strict";
// Asks for what changes every few seconds, and replaces the sections that are different, so
// that a selection, the focus and what is open stay as they are.
(() => {
	const every = 3000;
	const live = document.getElementById("live");
	const updated = document.getElementById("updated");
	const pause = document.getElementById("pause");
	let paused = false, last = Date.now(), filter = new URLSearchParams(location.search).get("filter") || "";

	const section = (root, name) => root.querySelector(`[data-part="${name}"]`);

	function replace(html) {
		const next = document.createElement("div");
		next.innerHTML = html; // of this server, which escapes all of it
		const open = new Set([...live.querySelectorAll("details[open]")].map(d => d.id));
		const focused = document.activeElement && document.activeElement.id;
		for (const d of next.querySelectorAll("details")) d.open = open.has(d.id);
		const input = document.getElementById("filter-text");
		const wasIn = input && document.activeElement === input;
		const places = [...live.querySelectorAll(".scroll")].map(s => [s.getAttribute("aria-label"), s.scrollLeft]);
		if (!next.querySelector("[data-part]")) return;
		let before = null;
		for (const part of [...next.children]) {
			const old = section(live, part.dataset.part);
			if (old && part.dataset.part === "containers") {
				// The text field stays the one in which somebody may be typing.
				old.querySelector("table").replaceWith(part.querySelector("table"));
				old.querySelector("#filter-count").textContent = part.querySelector("#filter-count").textContent;
				before = old;
			} else if (old && old.innerHTML === part.innerHTML) {
				before = old;
			} else if (old) {
				old.replaceWith(part);
				before = part;
			} else {
				before ? before.after(part) : live.prepend(part);
				before = part;
			}
		}
		for (const old of [...live.querySelectorAll("[data-part]")]) {
			if (!section(next, old.dataset.part) && !names.has(old.dataset.part)) old.remove();
		}
		for (const [label, left] of places) {
			const s = [...live.querySelectorAll(".scroll")].find(s => s.getAttribute("aria-label") === label);
			if (s) s.scrollLeft = left;
		}
		if (focused && !wasIn && document.activeElement === document.body) {
			const again = document.getElementById(focused);
			if (again) again.focus();
		}
	}
	let names = new Set();

	let asking = null;
	async function refresh() {
		if (asking) asking.abort();
		const mine = asking = new AbortController();
		try {
			const answer = await fetch("?part=live&filter=" + encodeURIComponent(filter), {signal: mine.signal, cache: "no-store"});
			if (!answer.ok) throw new Error(answer.status);
			const html = await answer.text();
			names = new Set([...new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-part]")].map(e => e.dataset.part));
			replace(html);
			last = Date.now();
		} catch (e) {
			if (e.name === "AbortError") return;
		}
		say();
	}
	function say() {
		const old = Math.round((Date.now() - last) / 1000);
		const stale = old > 10 && !paused;
		updated.parentElement.classList.toggle("stale", stale);
		updated.textContent = paused ? "paused" : stale ? `no answer for ${old} s` : "live";
	}
	pause.hidden = false;
	pause.addEventListener("click", () => {
		paused = !paused;
		pause.textContent = paused ? "Go on" : "Pause";
		if (!paused) refresh(); else say();
	});
	setInterval(() => { if (!paused && !document.hidden) refresh(); else say(); }, every);
	document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) refresh(); });
	let typing = 0;
	document.addEventListener("input", e => {
		if (e.target.id !== "filter-text") return;
		filter = e.target.value;
		clearTimeout(typing);
		typing = setTimeout(refresh, 200);
	});
	document.addEventListener("submit", e => {
		if (e.target.id === "filter") { e.preventDefault(); refresh(); }
	});
	say();

	// Watching records.
	const form = document.getElementById("tap");
	if (!form) return;
	const lines = document.getElementById("tap-lines"), state = document.getElementById("tap-state"), stop = document.getElementById("tap-stop");
	const most = 500;
	let watching = null, skipped = 0;
	// What drives nothing and turns nothing: control and format characters are shown as such.
	const visible = s => s.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
	function show(text) {
		let record;
		try { record = JSON.parse(text); } catch { return; }
		if (record.k8slog_tap) {
			skipped += record.k8slog_tap.skipped;
			state.textContent = "watching" + (skipped ? `, ${skipped} left out` : "");
			return;
		}
		const k = record.kubernetes || {};
		const who = k.pod_name ? `${k.namespace_name}/${k.pod_name}/${k.container_name}` : record.component || "";
		const p = document.createElement("p");
		p.textContent = visible(`${record.time || ""} ${who} ${record.severity || ""} ${record.log !== undefined ? record.log : text}`);
		const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
		lines.append(p);
		while (lines.childElementCount > most) lines.firstChild.remove();
		if (atEnd) lines.scrollTop = lines.scrollHeight;
	}
	form.addEventListener("submit", async e => {
		e.preventDefault();
		if (watching) watching.abort();
		const mine = watching = new AbortController();
		lines.textContent = ""; skipped = 0; stop.disabled = false; state.textContent = "watching";
		try {
			const answer = await fetch("tap?" + new URLSearchParams(new FormData(form)), {signal: mine.signal});
			if (!answer.ok) throw new Error(await answer.text());
			const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
			let rest = "";
			for (;;) {
				const {value, done} = await reader.read();
				if (done) break;
				const all = (rest + value).split("\n");
				rest = all.pop();
				for (const line of all) show(line);
			}
			state.textContent = "ended";
		} catch (err) {
			if (mine === watching) state.textContent = err.name === "AbortError" ? "stopped" : err.message;
		}
		if (mine === watching) stop.disabled = true;
	});
	stop.addEventListener("click", () => { if (watching) watching.abort(); });
})();
