package report_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint/btfdiff"
	"github.com/btflint/btflint/report"
)

// page is a page that is open in a browser.
type page struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	requests []string
	problems []string
}

// startBrowser starts a headless browser; its context opens tabs.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("needs a browser: no chromium or google-chrome on the path")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a bound for a browser that hangs
	t.Cleanup(cancel)
	// Its own sandbox does not work for root, and in containers.
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.WSURLReadTimeout(5*time.Minute))
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// open writes the difference as a page and opens it in a tab of its own.
func open(t *testing.T, browser context.Context, d *report.Diff) *page {
	t.Helper()
	file := filepath.Join(t.TempDir(), "diff.html")
	require.NoError(t, os.WriteFile(file, []byte(renderDiff(t, "html", d, report.Options{})), 0o600))
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, url: (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()}
	require.NoError(t, chromedp.Listen(ctx, p.observe))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	p.do(chromedp.Navigate(p.url))
	return p
}

// observe notes requests and what goes wrong in the page.
func (p *page) observe(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, ev.Request.URL)
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, ev.ExceptionDetails.Text)
	}
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, steps...))
}

// text is the value of an expression that is a string.
func (p *page) text(expression string) string {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	require.NoError(p.t, err)
	return value
}

// until waits for an expression to become true.
func (p *page) until(expression string) {
	p.t.Helper()
	p.do(chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(0)))
}

// names are the names of the changes that are shown, joined by blanks.
func (p *page) names() string {
	return p.text(`[...document.querySelectorAll(".change")].filter((c) => c.checkVisibility()).map((c) => c.querySelector(".name").textContent).join(" ")`)
}

func (p *page) status() string { return p.text(`document.getElementById("status").textContent`) }

// TestDiffPage opens pages in a real browser.
func TestDiffPage(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, context.Context)
	}{
		{"controls", pageControls}, {"hostile names", pageHostile}, {"colours", pageColours},
		{"accessibility", pageAccessible}, {"without scripts", pageWithoutScript}, {"many changes", pageLarge},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, browser) }) // one after the other: a browser is enough load
	}
}

func pageControls(t *testing.T, browser context.Context) {
	d := sampleDiff()
	d.Changes[3].Name = "gone_func"
	d.Changes[5].Name = "CONFIG_X"
	p := open(t, browser, d)

	assert.Equal(t, "6 changes", p.status())
	assert.Equal(t, "task_struct gone_func colour rq bpf_new CONFIG_X", p.names())

	t.Log("search: every word has to occur, in names and in details")
	p.do(chromedp.SendKeys(chromedp.CSS("#search"), "STRUCT state"))
	p.until(`document.getElementById("status").textContent === "1 of 6 changes"`)
	assert.Equal(t, "task_struct", p.names())
	assert.Equal(t, "#?q=STRUCT+state", p.text("location.hash"))
	p.do(chromedp.Click(chromedp.CSS("#reset")))
	assert.Equal(t, "6 changes", p.status())

	t.Log("filters")
	p.do(chromedp.Click(chromedp.CSS("input[value=breaks]")))
	assert.Equal(t, "colour rq bpf_new CONFIG_X", p.names())
	p.do(chromedp.Click(chromedp.CSS("input[value=addition]")))
	assert.Equal(t, "2 of 6 changes", p.status())
	p.do(chromedp.SetValue(chromedp.CSS("#kind"), "struct"))
	p.text(`document.getElementById("kind").dispatchEvent(new Event("change")), ""`)
	assert.Equal(t, "rq", p.names())
	filtered := p.text("location.href")

	t.Log("links: to a change, which a filter does not hide, and to a filter")
	p.do(chromedp.Navigate(p.url + "#struct.task_struct"))
	p.until(`document.getElementById("struct.task_struct").querySelector("details").open`)
	assert.Equal(t, "6 changes", p.status())
	assert.Equal(t, "SUMMARY", p.text("document.activeElement.tagName"))
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(filtered))
	assert.Equal(t, "rq", p.names())

	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Empty(t, p.problems)
	for _, request := range p.requests {
		assert.Contains(t, request+"about:blank", p.url, "nothing but the page itself is asked for")
	}
}

// pageHostile opens a page with names that would run, load and link.
func pageHostile(t *testing.T, browser context.Context) {
	p := open(t, browser, sampleDiff())
	p.do(chromedp.Click(chromedp.CSS("#open")))
	assert.Equal(t, "undefined", p.text("typeof window.pwned"))
	assert.Equal(t, "0", p.text(`String(document.querySelectorAll("img, link, iframe, a[href^=http]").length)`))
	assert.Equal(t, scripted, p.text(`document.querySelector("[data-kind=func] .name").textContent`))
	assert.Equal(t, "true", p.text(`String([...document.querySelectorAll(".permalink")].every((a) => document.getElementById(decodeURIComponent(a.hash.slice(1)))))`), "every link leads somewhere")
	assert.Equal(t, "true", p.text(`String(new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size === document.querySelectorAll("[id]").length)`), "no id is given twice")
}

// pageColours opens the page with each colour scheme, and has it changed.
func pageColours(t *testing.T, browser context.Context) {
	p := open(t, browser, sampleDiff())
	ground := func() string { return p.text("getComputedStyle(document.body).backgroundColor") }
	prefer := func(scheme string) {
		_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		require.NoError(t, err)
	}
	prefer("light")
	light := ground()
	prefer("dark")
	dark := ground()
	assert.NotEqual(t, light, dark)
	for scheme, want := range map[string]string{"light": light, "dark": dark, "": dark} {
		p.text(`theme = document.getElementById("theme"), theme.value = ` + strconv.Quote(scheme) + `, theme.dispatchEvent(new Event("change")), ""`)
		assert.Equal(t, want, ground(), scheme)
	}
	assert.Empty(t, p.text(lowContrast), "text below a contrast of 4.5 to 1 (WCAG 1.4.3)")
}

// lowContrast lists the classes whose text is too close to the ground, in both
// colour schemes.
const lowContrast = `(() => {
  const light = (c) => {
    const [r, g, b] = c.match(/[\d.]+/g).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = [];
  for (const scheme of ["light", "dark"]) {
    document.documentElement.dataset.theme = scheme;
    const ground = light(getComputedStyle(document.body).backgroundColor);
    for (const name of ["dim", "breaks", "semantic", "relocatable", "addition", "error", "warning", "note", "permalink"]) {
      const e = document.body.appendChild(document.createElement("a"));
      e.href = "#";
      e.className = name;
      const text = light(getComputedStyle(e).color);
      e.remove();
      const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
      if (ratio < 4.5) low.push(scheme + " " + name + " " + ratio.toFixed(2));
    }
  }
  return low.join(", ");
})()`

// pageAccessible reads the page as a screen reader does: everything that
// can be operated has a name.
func pageAccessible(t *testing.T, browser context.Context) {
	p := open(t, browser, sampleDiff())
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	require.NoError(t, err)
	seen := map[string]int{}
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role, name := string(n.Role.Value), ""
		if n.Name != nil {
			name = string(n.Name.Value)
		}
		role, _ = strconv.Unquote(role)
		seen[role]++
		switch role {
		case "searchbox", "checkbox", "combobox", "button", "link", "heading", "DisclosureTriangle":
			assert.NotEqual(t, `""`, name, role)
		}
	}
	for _, role := range []string{"searchbox", "checkbox", "combobox", "button", "link", "heading", "table", "status", "main", "DisclosureTriangle"} {
		assert.Positive(t, seen[role], role)
	}
}

// pageWithoutScript reads the page where scripts are off: all is there.
func pageWithoutScript(t *testing.T, browser context.Context) {
	p := open(t, browser, sampleDiff())
	_, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(t, err)
	p.do(chromedp.Reload())
	assert.Equal(t, "false", p.text(`String(document.getElementById("controls").checkVisibility())`))
	assert.Equal(t, "6", p.text(`String([...document.querySelectorAll(".change")].filter((c) => c.checkVisibility()).length)`))
}

// pageLarge opens a page of thousands of changes.
func pageLarge(t *testing.T, browser context.Context) {
	d := &report.Diff{}
	for i := range 3_000 {
		d.Changes = append(d.Changes, report.DiffChange{Change: btfdiff.Change{
			Kind: btfdiff.KindStruct, Name: "struct_" + strconv.Itoa(i), Change: btfdiff.Changed, Grade: btfdiff.Grade(i % 4),
			Details: []btfdiff.Detail{{Grade: btfdiff.Grade(i % 4), What: btfdiff.WhatRemoved, Subject: "member"}},
		}})
	}
	p := open(t, browser, d)
	assert.Equal(t, "3,000 changes", p.status())
	// A query would have the whole tree sent over.
	p.text(`document.getElementById("search").focus(), ""`)
	p.do(chromedp.KeyEvent("struct_299"))
	p.until(`document.getElementById("status").textContent === "11 of 3,000 changes"`)
}
