package page

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/k8slog/k8slog/plugin/status"
)

var screenshots = flag.String("screenshots", "", "a folder for screenshots; empty for none")

// patience is how long anything may take that a test waits for.
const patience = time.Minute

// browser starts a Chromium, and returns what the page has said on its console: errors of the
// script, and what its security policy has refused.
func browser(t *testing.T) (ctx context.Context, said *[]string) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium (apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(profile(t)))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {})) // of events that are newer than the module
	t.Cleanup(cancel)
	said = new([]string)
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			*said = append(*said, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			*said = append(*said, string(e.Type))
		}
	})
	return ctx, said
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// text returns the visible text of a part of the page.
func text(t *testing.T, ctx context.Context, selector string) (s string) {
	t.Helper()
	run(t, ctx, chromedp.Evaluate(`(document.querySelector(`+"`"+selector+"`"+`)||{innerText:""}).innerText`, &s))
	return s
}

// waitFor waits until a part of the page has a text, without a reload.
func waitFor(t *testing.T, ctx context.Context, selector, want string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(text(t, ctx, selector), want); {
		if time.Now().After(end) {
			t.Fatalf("%s has no %q: %s", selector, want, text(t, ctx, selector))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func shoot(t *testing.T, ctx context.Context, name string, width, height int64, scheme string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	var png []byte
	run(t, ctx, chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// What the page shows is what the status has, while a part of the backend fails, without a
// reload; it says in plain words what is wrong, and nothing of a log or an answer is markup.
func TestPage(t *testing.T) {
	r := newRig(t)
	ctx, said := browser(t)
	r.shop()
	run(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(r.url+"/"), chromedp.WaitReady("#live", chromedp.ByQuery))
	waitFor(t, ctx, "[data-part=problems]", "refused 2 records for good")
	waitFor(t, ctx, "[data-part=letters]", "mapper_parsing_exception")
	shoot(t, ctx, "dead-letters", 1280, 900, "light")

	// The refused index appears, with what the server says.
	r.refused.Store("logs-shop")
	r.shop()
	waitFor(t, ctx, "[data-part=problems]", `The backend takes nothing of "logs-shop"`)
	waitFor(t, ctx, "[data-part=problems]", "maximum shards open")
	waitFor(t, ctx, "[data-part=waiting]", "parked on the disk")
	for end := time.Now().Add(patience); ; { // the same figures at the same time
		s := r.status()
		balance := text(t, ctx, "[data-part=balance]")
		want := []string{
			status.Number(s.Records.Received) + " records received", "delivered " + status.Number(s.Records.Delivered),
			"parked " + status.Number(s.Records.Parked), "dead-lettered " + status.Number(s.Records.DeadLettered), status.Bytes(s.Disk.Written) + " written",
		}
		missing := ""
		for _, w := range want {
			if !strings.Contains(balance, w) {
				missing = w
			}
		}
		if missing == "" && s.Records.Parked > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the page has no %q:\n%s", missing, balance)
		}
		time.Sleep(100 * time.Millisecond)
	}
	shoot(t, ctx, "refused-light", 1280, 900, "light")
	if *screenshots != "" { // that of README.md
		var png []byte
		// The folder of a test is nobody's concern there.
		run(t, ctx, chromedp.EmulateViewport(1000, 700), chromedp.Evaluate(
			`for (const p of document.querySelectorAll(".do")) p.textContent = p.textContent.replace(/\/\S+\/dead\b/, "/var/lib/k8slog/dead-letter.ndjson")`, nil),
			chromedp.CaptureScreenshot(&png))
		if err := os.WriteFile(filepath.Join(*screenshots, "status.png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shoot(t, ctx, "refused-dark", 1280, 900, "dark")
	shoot(t, ctx, "refused-phone", 390, 844, "light")
	run(t, ctx, chromedp.EmulateViewport(1280, 900))

	// The filter, by keyboard.
	run(t, ctx, chromedp.Focus("#filter-text", chromedp.ByQuery), chromedp.SendKeys("#filter-text", "postgres", chromedp.ByQuery))
	waitFor(t, ctx, "#filter-count", "1 container")
	if c := text(t, ctx, "table.containers"); !strings.Contains(c, "postgres-0") || strings.Contains(c, "web-") {
		t.Errorf("filtered: %s", c)
	}
	var focused string
	run(t, ctx, chromedp.Evaluate(`document.activeElement.id`, &focused))
	if focused != "filter-text" {
		t.Errorf("the focus is at %q", focused)
	}
	run(t, ctx, chromedp.Evaluate(`{ const i = document.getElementById("filter-text"); i.value = ""; i.dispatchEvent(new Event("input", {bubbles: true})) }`, nil))

	// The options stay open over a refresh, and have no secrets.
	run(t, ctx, chromedp.Click("#options summary", chromedp.ByQuery))
	waitFor(t, ctx, "#options", "set, and not shown")
	if o := text(t, ctx, "#options"); strings.Contains(o, "sesame") || !strings.Contains(o, "flush_deadline") || !strings.Contains(o, "configuration") {
		t.Error(o)
	}

	// All of it is down.
	r.refused.Store("")
	r.down.Store(true)
	for range 3 {
		r.shop()
	}
	r.write("shop", "web-7d9c6b5f4-a2x9z", "app", false, "unread")
	waitFor(t, ctx, "[data-part=problems]", "The backend has taken nothing since")
	waitFor(t, ctx, "[data-part=problems]", "no <b>shard</b> is available")
	waitFor(t, ctx, "#options", "flush_deadline") // still open
	shoot(t, ctx, "down-light", 1280, 900, "light")
	shoot(t, ctx, "down-phone-dark", 390, 844, "dark")

	if len(*said) > 0 {
		t.Errorf("the page has said: %q", *said)
	}
}

// Every control has a name, headings are in order, the text stands out from its background,
// and the tab key reaches all controls.
func TestAccessible(t *testing.T) {
	r := newRig(t)
	ctx, _ := browser(t)
	r.refused.Store("logs-shop")
	r.shop()
	for _, scheme := range []string{"light", "dark"} {
		run(t, ctx, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.Navigate(r.url+"/"), chromedp.WaitReady("#live", chromedp.ByQuery))
		var faults []string
		run(t, ctx, chromedp.Evaluate(accessibility, &faults))
		for _, f := range faults {
			t.Errorf("%s: %s", scheme, f)
		}
	}
	reached := map[string]bool{}
	for range 40 {
		var id string
		run(t, ctx, chromedp.KeyEvent("\t"), chromedp.Evaluate(`(e => e.id || e.name || e.className || e.tagName)(document.activeElement)`, &id))
		reached[id] = true
	}
	for _, id := range []string{"skip", "pause", "filter-text", "words-summary", "options-summary", "namespace", "tap-lines"} {
		if !reached[id] {
			t.Errorf("the tab key does not reach %s: %v", id, reached)
		}
	}
	for _, width := range []int64{320, 390, 800} {
		var over bool
		run(t, ctx, chromedp.EmulateViewport(width, 800), chromedp.Evaluate(`document.documentElement.scrollWidth > document.documentElement.clientWidth`, &over))
		if over {
			t.Errorf("at a width of %d, the page is wider than the window", width)
		}
	}
}

// accessibility returns what is wrong. Contrast is that of WCAG 2.2 (AA): 4.5 to 1.
const accessibility = `(() => {
	const faults = [];
	for (const c of document.querySelectorAll("input,button,select")) {
		if (!(c.labels && c.labels.length) && !c.textContent.trim() && !c.getAttribute("aria-label")) faults.push("no name: " + c.outerHTML);
	}
	let level = 0;
	for (const h of document.querySelectorAll("h1,h2,h3")) {
		const now = +h.tagName[1];
		if (now > level + 1) faults.push("a heading is left out before " + h.textContent);
		level = now;
	}
	if (!document.documentElement.lang || !document.title) faults.push("no language or title");
	const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
	const light = ([r, g, b]) => { const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
	const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
	const seen = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.data.trim() || !e.offsetParent || e.closest("svg") || e.closest(":disabled")) continue;
		const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		const key = e.className + ratio.toFixed(1);
		if (ratio < 4.5 && !seen.has(key)) { seen.add(key); faults.push("contrast " + ratio.toFixed(2) + ": " + e.className + " " + e.textContent.slice(0, 40)); }
	}
	return faults;
})()`

// Records are watched in the page, and those that look like markup are text.
func TestWatching(t *testing.T) {
	r := newRig(t)
	ctx, said := browser(t)
	r.shop()
	run(t, ctx, chromedp.Navigate(r.url+"/"), chromedp.WaitReady("#tap", chromedp.ByQuery),
		chromedp.SendKeys("#tap input[name=pod]", "postgres-0", chromedp.ByQuery), chromedp.Click("#tap button[type=submit]", chromedp.ByQuery))
	waitFor(t, ctx, "#tap-state", "watching")
	for end := time.Now().Add(patience); !strings.Contains(text(t, ctx, "#tap-lines"), "<img src=x"); {
		if time.Now().After(end) {
			t.Fatal(text(t, ctx, "#tap-lines"))
		}
		r.write("store", "postgres-0", "db", true, "<img src=x onerror=console.error(1)>\x1b[31m\u202e\u009b2J\x9b2J\xff "+strings.Repeat("long ", 5000))
		r.write("store", "redis-0", "db", true, "not selected")
		time.Sleep(50 * time.Millisecond)
	}
	lines := text(t, ctx, "#tap-lines")
	if strings.ContainsAny(lines, "\x1b\u202e\u009b") || strings.Contains(lines, "not selected") {
		t.Errorf("%q", lines)
	}
	shoot(t, ctx, "tap", 1280, 900, "light")
	run(t, ctx, chromedp.Click("#tap-stop", chromedp.ByQuery))
	waitFor(t, ctx, "#tap-state", "stopped")
	if len(*said) > 0 {
		t.Errorf("the page has said: %q", *said)
	}
}

// profile returns a folder for a browser. Processes of the browser write into it until they
// notice that it has ended, so it is removed when they let it go.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "profile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			if err := os.RemoveAll(dir); err == nil {
				return
			} else if time.Now().After(end) {
				t.Error(err)
				return
			}
		}
	})
	return dir
}
